import { baseLanguage } from '../languages';
import type { Languages } from './facts';
import type { Problem } from './problem';

const negations: Readonly<Record<string, RegExp>> = {
  en: /\b(?:not|no|never|none|nothing|nobody|neither|nor|cannot|without)\b|n['’]t\b/iu,
  es: /(?<!\p{L})(?:no|nunca|jamás|nada|nadie|ningun\p{L}*|ningún|sin|tampoco)(?!\p{L})/iu,
  pt: /(?<!\p{L})(?:não|nao|nunca|nada|ninguém|nenhum\p{L}*|sem|nem)(?!\p{L})/iu,
  fr: /(?<!\p{L})(?:ne|n['’]|pas|jamais|rien|aucune?|personne|sans|non)(?!\p{L})|n['’]\p{L}/iu,
  de: /(?<!\p{L})(?:nicht|nichts|kein\p{L}*|nie|niemals|niemand|ohne|nein)(?!\p{L})/iu,
  it: /(?<!\p{L})(?:non|no|mai|niente|nulla|nessun\p{L}*|senza)(?!\p{L})/iu,
  ru: /(?<!\p{L})(?:не|нет|никогда|ничего|никто|без|ни)(?!\p{L})/iu,
  zh: /[不没沒未无無别別非勿]/u,
  ja: /ない|ません|なかっ|ず(?:に|、)|無い|未|不|いいえ/u,
  ko: /안\s|않|못|없|아니|말(?:고|아)/u,
  ar: /(?<!\p{L})(?:لا|لم|لن|ليس\p{L}*|ما|غير|بدون|دون)(?!\p{L})/u,
  th: /ไม่|มิ|อย่า|ยัง/u,
};

/** Set phrases that hold such a word and deny nothing, or that other languages say without one. */
const idle: Readonly<Record<string, RegExp>> = {
  en: /\bno (?:problem|worries|rush|doubt)\b|\bnot only\b|\bno[- ]questions[- ]asked\b|\bno later than\b|\bwhy (?:not|don['’]t)\b|\bdon['’]t hesitate\b/giu,
  fr: /(?<!\p{L})(?:ne |n['’])[^.!?,]{1,30}? ?(?:que|qu['’])|n['’]hésitez pas/giu,
  es: /no dude|no solo/giu,
  de: /nicht nur|zögern sie nicht/giu,
  zh: /不好意思|无理由|不客气|没关系|没问题|不错|差不多|不少|不同|不仅|不但|不用谢|特别|特別|分别|级别|别的|别人|个别|(\p{Script=Han})[不没]\1|有没有|否则|不足|未来|无线/gu,
  ja: /ございません|申し訳|不明|不足|足りません|すみません|かもしれません|未[満成]|問わず/gu,
  ko: /문제\s?없|안\s?녕|죄송하지만/gu,
};

/** A lost "not" turns a meaning round. Words alone do not prove it, so this only points. */
export function checkNegation(source: string, translated: string, { from, to }: Languages): Problem[] {
  if (source.length > 400) return [];
  const [was, is] = [denies(source, from), denies(translated, to)];
  if (was === null || is === null || was === is) return [];
  const message = was
    ? 'The original denies something; the translation seems not to.'
    : 'The translation denies something; the original seems not to.';
  return [{ check: 'negation', gravity: 'notice', message }];
}

/** Null: nothing is known of the language. Set phrases say neither yes nor no. */
function denies(text: string, language: string): boolean | null {
  const base = baseLanguage(language);
  const [pattern, phrases] = [negations[base], idle[base]];
  if (!pattern) return null;
  const bare = phrases ? text.replace(phrases, ' ') : text;
  if (pattern.test(bare)) return true;
  return bare === text ? false : null;
}

import { isUnspaced, scriptOfLanguage } from '../languages';
import { stripFacts } from '../protect/facts';
import type { Languages } from './facts';
import type { Problem } from './problem';

const lettersOf = (text: string): string => text.replace(/[^\p{L}\p{M}]/gu, '');

/** Openings of a model that talks about the task instead of doing it. */
const chatter =
  /^\s*(?:sure[,!.]|certainly[,!.]|of course[,!.]|here(?:'s| is| are)\b[^\n]{0,40}\btranslat|translation\s*[:：]|translated (?:text|message)\s*[:：]|the translation (?:is|of)\b|\*\*translation|以下是[^\n]{0,12}翻译|翻译(?:如下|结果)?\s*[:：]|以下は[^\n]{0,12}翻訳|翻訳\s*[:：]|aquí (?:está|tienes) la traducción|traducción\s*[:：]|voici la traduction|traduction\s*[:：]|hier ist die übersetzung|übersetzung\s*[:：])/iu;
const refusal =
  /\b(?:as an ai\b|as a language model|i(?:'m| am) (?:sorry,? but i|unable to|not able to)|i (?:can(?:no|')t|cannot) (?:assist|help|translate|comply|fulfil)|cannot (?:assist|comply) with)|(?:作为|身为)(?:一个|一名)?(?:AI|人工智能|语言模型)|无法(?:翻译|协助|满足)(?:该|此|这)|como (?:una? )?(?:ia|inteligencia artificial|modelo de lenguaje)|als (?:ki|sprachmodell)\b|en tant qu['’](?:ia|intelligence artificielle|modèle)|申し訳(?:ありません|ございません)が[^\n]{0,20}(?:翻訳|お手伝い)できません/iu;
const wrapping = /^\s*(?:```|\{\s*"(?:translation|text)"\s*:)/u;
const entity = /&(?:#\d{2,5}|#x[0-9a-f]{2,4}|amp|lt|gt|quot|apos|nbsp);/iu;

/** It is a translation at all: not empty, not the original again, not an answer, not a refusal; and cleanly written. */
export function checkContent(source: string, translated: string, languages: Languages): Problem[] {
  const problems: Problem[] = [];
  const unusable = (message: string) => problems.push({ check: 'content', gravity: 'unusable', message });
  if (translated.trim() === '') unusable('The engine answered nothing.');
  else if (isEcho(source, translated)) unusable('The text came back untranslated.');
  else problems.push(...leftovers(source, translated, languages));
  const own = (pattern: RegExp): boolean => pattern.test(translated) && !pattern.test(source);
  if (own(chatter)) unusable('The engine talks about the translation instead of giving it.');
  if (own(wrapping)) unusable('The engine wrapped its answer in code.');
  if (own(refusal)) unusable('The engine refused to translate.');
  if (own(/\uFFFD/u)) problems.push({ check: 'content', gravity: 'unsafe', message: 'Some characters are broken.' });
  if (own(entity)) problems.push({ check: 'content', gravity: 'unsafe', message: 'The text holds HTML entities.' });
  return problems;
}

/** Two words may be the same in both languages ("OK thanks", a name); a sentence is not. */
function isEcho(source: string, translated: string): boolean {
  const [before, after] = [lettersOf(stripFacts(source)).toLowerCase(), lettersOf(stripFacts(translated)).toLowerCase()];
  return before.length >= (/[\p{Script=Han}\p{Script=Hangul}]/u.test(before) ? 4 : 12) && before === after;
}

/** Nothing is sent half translated: no sentence as it was, no word in a script that the reader's language does not use. */
function leftovers(source: string, translated: string, { from, to }: Languages): Problem[] {
  const unsafe = (message: string): Problem[] => [{ check: 'content', gravity: 'unsafe', message }];
  const [before, after] = [stripFacts(source), stripFacts(translated)];
  const whole = sentencesOf(before).find((sentence) => isSentence(sentence, from) && after.includes(sentence));
  if (whole !== undefined) return unsafe('A sentence came back untranslated.');
  const letters = foreignLetters(from, to);
  if (letters === null || (after.match(letters)?.length ?? 0) < 2) return [];
  return unsafe('Some words came back untranslated.');
}

const sentencesOf = (text: string): string[] => text.split(/[.!?。！？\n;；]/).map((sentence) => sentence.trim());

/** Names and titles may stay; four words in a row say something. */
function isSentence(text: string, language: string): boolean {
  if (isUnspaced(language)) return lettersOf(text).length >= 6;
  const words = text.match(/\p{L}+/gu) ?? [];
  return words.length >= 4 && words.filter((word) => word === word.toLowerCase()).length >= 3;
}

/** Letters that only the source has. Latin ones are in every language, as names; jamo and lone kana are faces. */
function foreignLetters(from: string, to: string): RegExp | null {
  const [source, target] = [scriptOfLanguage(from), scriptOfLanguage(to)];
  if (source === target) return null;
  switch (source) {
    case 'han':
      return target === 'kana' ? null : /\p{Script=Han}/gu;
    case 'kana':
      return target === 'han'
        ? /[\p{Script=Hiragana}\p{Script=Katakana}]/gu
        : /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;
    case 'hangul':
      return /[가-힣]/gu;
    case 'cyrillic':
      return /\p{Script=Cyrillic}/gu;
    case 'arabic':
      return /\p{Script=Arabic}/gu;
    case 'thai':
      return /\p{Script=Thai}/gu;
    case 'hebrew':
      return /\p{Script=Hebrew}/gu;
    case 'devanagari':
      return /\p{Script=Devanagari}/gu;
    default:
      return null;
  }
}

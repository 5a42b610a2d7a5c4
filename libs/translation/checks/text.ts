import { readEvidence } from '../detect/detector';
import { baseLanguage, chineseScript, easilyConfused } from '../languages';
import { stripFacts } from '../protect/facts';
import type { Languages } from './facts';
import type { Problem } from './problem';

/** Shorter texts are names, interjections, "OK": their language says nothing. */
const LETTERS_MIN_LANGUAGE = 20;
/** So much of another language's evidence, and no more of the wanted one, is another language. */
const SURE = 0.75;

/** The translation is in the language it was to be in. */
export function checkLanguage(translated: string, { to }: Languages): Problem[] {
  const evidence = readEvidence(translated);
  const signs = evidence.script === 'latin' || evidence.script === 'cyrillic' ? 1 : 3;
  if (evidence.letters * signs < LETTERS_MIN_LANGUAGE) return [];
  const chinese = chineseScript(to);
  if (chinese !== null && evidence.chinese !== null && evidence.chinese !== chinese) {
    const written = chinese === 'Hant' ? 'traditional' : 'simplified';
    return [{ check: 'language', gravity: 'notice', message: `The text is not in ${written} Chinese.` }];
  }
  const [best] = [...evidence.scores].sort((a, b) => b[1] - a[1]);
  if (best === undefined || best[1] < SURE || easilyConfused(best[0], to)) return [];
  if ((evidence.scores.get(baseLanguage(to)) ?? 0) > 0.2) return [];
  return [{ check: 'language', gravity: 'unsafe', message: `The text is in ${nameOf(best[0])}, not in ${nameOf(to)}.` }];
}

const displayNames = new Intl.DisplayNames('en', { type: 'language' });
const nameOf = (language: string): string => displayNames.of(language) ?? language;

/** Signs a language needs to say what English says in 100. */
const density: Readonly<Record<string, number>> = {
  zh: 35, ja: 50, ko: 52, th: 88, he: 80, ar: 85, hi: 100, vi: 105, de: 115, fr: 118, es: 113, it: 112, pt: 110, ru: 108, el: 112, pl: 108,
}; // biome-ignore format: a table

/** Twice as short or long as usual is style; four times is something else. */
const RATIO_MAX = 3;
/** A greeting may become a sentence. */
const CHARS_FREE = 60;

/** Facts are as long in every language: only the words around them count. */
const wordsOf = (text: string): number => stripFacts(text).replace(/\s+/g, ' ').trim().length;

/** Nothing was left out on a large scale, nothing invented, and no model went on talking. */
export function checkLength(source: string, translated: string, { from, to }: Languages): Problem[] {
  const of = (language: string): number => density[baseLanguage(language)] ?? 100;
  const expected = (wordsOf(source) * of(to)) / of(from);
  const length = wordsOf(translated);
  const long = length > expected * RATIO_MAX + CHARS_FREE;
  const short = expected > 24 && length < expected / (RATIO_MAX + 1);
  if (!long && !short) return [];
  const message = long ? 'The translation is far longer than the original.' : 'The translation is far shorter than the original.';
  return [{ check: 'length', gravity: 'unusable', message }];
}

const linesOf = (text: string): number => text.split(/\r\n|[\n\r\u2028\u2029]/).filter((line) => line.trim() !== '').length;
const itemsOf = (text: string): number => text.match(/^[ \t]*(?:[-*•·▪◦–]|\p{Nd}{1,2}[.)、])\s*(?=\S)/gmu)?.length ?? 0;

/** Lines and list items are as many as before. */
export function checkStructure(source: string, translated: string): Problem[] {
  const [lines, now] = [linesOf(source), linesOf(translated)];
  if (lines !== now) return [structure(`The original has ${lines} lines, the translation ${now}.`)];
  const [items, nowItems] = [itemsOf(source), itemsOf(translated)];
  return items > 1 && nowItems < items ? [structure(`The original lists ${items} items, the translation ${nowItems}.`)] : [];
}

const structure = (message: string): Problem => ({ check: 'structure', gravity: 'unsafe', message });

/** Words of familiar address, where a formal one was asked for. */
const familiar: Readonly<Record<string, RegExp>> = {
  de: /(?<!\p{L})(?:du|dich|dir|deine?[mnrs]?)(?!\p{L})/u,
  fr: /(?<!\p{L})(?:tu|toi)(?!\p{L})|(?<!\p{L})t['’](?=\p{L})/u,
  ru: /(?<!\p{L})(?:ты|тебя|тебе|твой|твоя|твоё|твои)(?!\p{L})/u,
  nl: /(?<!\p{L})(?:jij|jou|jouw)(?!\p{L})/u,
  it: /(?<!\p{L})(?:tuo|tua|tuoi|tue)(?!\p{L})/u,
  ja: /君(?!\p{Script=Han})|キミ|お前/u,
};

export function checkRegister(translated: string, to: string): Problem[] {
  const pattern = familiar[baseLanguage(to)];
  if (!pattern?.test(translated)) return [];
  return [{ check: 'register', gravity: 'notice', message: 'The address is familiar where a formal one is wanted.' }];
}

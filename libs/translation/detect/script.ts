import type { Script } from '../languages';

const ranges: readonly (readonly [Script, RegExp])[] = [
  ['kana', /[\p{Script=Hiragana}\p{Script=Katakana}ー]/u],
  ['hangul', /\p{Script=Hangul}/u],
  ['han', /\p{Script=Han}/u],
  ['thai', /\p{Script=Thai}/u],
  ['arabic', /\p{Script=Arabic}/u],
  ['hebrew', /\p{Script=Hebrew}/u],
  ['greek', /\p{Script=Greek}/u],
  ['cyrillic', /\p{Script=Cyrillic}/u],
  ['devanagari', /\p{Script=Devanagari}/u],
  ['bengali', /\p{Script=Bengali}/u],
  ['tamil', /\p{Script=Tamil}/u],
  ['latin', /\p{Script=Latin}/u],
];

type Sign = Script | 'none';

/** What was found out about the characters met so far. */
const known = new Map<string, Sign>();
const KNOWN_MAX = 20_000;

function signOf(character: string): Sign {
  let sign = known.get(character);
  if (sign === undefined) {
    sign = ranges.find(([, pattern]) => pattern.test(character))?.[0] ?? (/\p{L}/u.test(character) ? 'other' : 'none');
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(character, sign);
  }
  return sign;
}

/** Letters per script, always in the same order; scripts that do not occur are absent. */
export function countScripts(text: string): Map<Script, number> {
  const found = new Map<Sign, number>();
  for (const character of text) {
    const sign = signOf(character);
    if (sign !== 'none') found.set(sign, (found.get(sign) ?? 0) + 1);
  }
  const counts = new Map<Script, number>();
  for (const script of order) {
    const count = found.get(script);
    if (count !== undefined) counts.set(script, count);
  }
  return counts;
}

const order: readonly Script[] = [...ranges.map(([script]) => script), 'other'];

/** One syllable sign says about as much as three letters: "这个 size M 有 stock 吗" is Chinese. */
const weights: Partial<Record<Script, number>> = { han: 3, kana: 3, hangul: 3 };

/**
 * The script a text is written in; null without letters. Kana beside Han is Japanese however little of it there is,
 * as no other language mixes the two.
 */
export function mainScript(counts: ReadonlyMap<Script, number>): Script | null {
  let best: Script | null = null;
  let most = 0;
  for (const [script, count] of counts) {
    const weighted = count * (weights[script] ?? 1);
    if (weighted > most) [best, most] = [script, weighted];
  }
  return best === 'han' && counts.has('kana') ? 'kana' : best;
}

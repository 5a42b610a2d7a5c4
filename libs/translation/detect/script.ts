import type { Script } from '../languages';

const ranges: readonly (readonly [Script, RegExp])[] = [
  ['kana', /[\p{Script=Hiragana}\p{Script=Katakana}ー]/gu],
  ['hangul', /\p{Script=Hangul}/gu],
  ['han', /\p{Script=Han}/gu],
  ['thai', /\p{Script=Thai}/gu],
  ['arabic', /\p{Script=Arabic}/gu],
  ['hebrew', /\p{Script=Hebrew}/gu],
  ['greek', /\p{Script=Greek}/gu],
  ['cyrillic', /\p{Script=Cyrillic}/gu],
  ['devanagari', /\p{Script=Devanagari}/gu],
  ['bengali', /\p{Script=Bengali}/gu],
  ['tamil', /\p{Script=Tamil}/gu],
  ['latin', /\p{Script=Latin}/gu],
];

/** Letters per script; scripts that do not occur are absent. */
export function countScripts(text: string): Map<Script, number> {
  const counts = new Map<Script, number>();
  for (const [script, pattern] of ranges) {
    const count = text.match(pattern)?.length ?? 0;
    if (count > 0) counts.set(script, count);
  }
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const known = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (letters > known) counts.set('other', letters - known);
  return counts;
}

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

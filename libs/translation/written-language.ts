import { plainText } from '@parley/model';
import { readEvidence } from './detect/detector';
import { baseLanguage, easilyConfused, scriptOfLanguage } from './languages';
import type { TranslateRequest } from './request';

/** Within one script languages are easily taken for each other; across scripts it is only the question which one it is. */
const SURE = { sameScript: 0.9, otherScript: 0.6 };
const LETTERS_MIN = 15;

/**
 * The language a reply is really in. An agent of a Chinese shop who writes English, or Spanish to the Spanish buyer, is not
 * to have it "translated from Chinese". Only a clear text in a clearly other language overrules what was said.
 */
export function writtenLanguage({ parts, from, direction }: TranslateRequest): string {
  if (direction !== 'outbound') return from;
  const evidence = readEvidence(plainText(parts));
  const signs = evidence.script === 'latin' || evidence.script === 'cyrillic' ? 1 : 3;
  if (evidence.letters * signs < LETTERS_MIN) return from;
  const [best] = [...evidence.scores].sort((a, b) => b[1] - a[1]);
  if (best === undefined || easilyConfused(best[0], from)) return from;
  const isSameScript = scriptOfLanguage(best[0]) === scriptOfLanguage(from);
  if (best[1] < (isSameScript ? SURE.sameScript : SURE.otherScript)) return from;
  // Characters alone do not tell a Japanese note from a Chinese one.
  if (evidence.script === 'han' && baseLanguage(from) === 'ja') return from;
  if ((evidence.scores.get(baseLanguage(from)) ?? 0) > 0.05) return from;
  return evidence.chinese === null ? best[0] : `${best[0]}-${evidence.chinese}`;
}

import { baseLanguage } from '../languages';

type DetectAll = (text: string, options: { only: string[] }) => { lang: string; accuracy: number }[];

let detectAll: DetectAll | undefined;

/** Loaded with the first text in Latin letters: a process that sees none, or has not yet, does not pay its 50 MB. */
function detector(): DetectAll {
  detectAll ??= (require('tinyld') as { detectAll: DetectAll }).detectAll;
  return detectAll;
}

/** How the detector spells what we spell otherwise. */
const spelling: Readonly<Record<string, string>> = { fil: 'tl', nb: 'no', ms: 'id' };

/** Letter statistics over the allowed languages, normalised to a sum of at most 1; empty when they know nothing. */
export function letterScores(text: string, allowed: ReadonlySet<string>): ReadonlyMap<string, number> {
  const only = [...new Set([...allowed].map((language) => spelling[language] ?? language))];
  if (only.length === 0) return new Map();
  const found = detector()(text, { only });
  const total = found.reduce((sum, each) => sum + each.accuracy, 0);
  const scale = Math.max(total, 0.25);
  return new Map(found.map((each) => [baseLanguage(each.lang), each.accuracy / scale]));
}

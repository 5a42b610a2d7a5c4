import { baseLanguage, type Script, scriptOfLanguage } from '../languages';
import { stripFacts } from '../protect/facts';
import { chatWordVotes } from './chat-words';
import { chineseScriptOf } from './chinese';
import { countScripts, mainScript } from './script';
import { arabicLanguage, cyrillicScores, indonesianOrMalay } from './similar-languages';
import { letterScores } from './statistics';

/** The languages shops sell in; a merchant who lists fewer is served better. */
export const shopLanguages = [
  ...['en', 'es', 'pt', 'fr', 'de', 'it', 'nl', 'pl', 'tr', 'vi', 'id', 'ms', 'sv', 'da', 'nb', 'fi', 'cs', 'ro', 'hu', 'fil'],
  ...['zh', 'ja', 'ko', 'th', 'ar', 'he', 'el', 'ru', 'uk', 'bg', 'hi', 'bn', 'ta'],
] as const;

/** What one text says by itself. */
export interface Evidence {
  /** Probability per language; empty when no letter is left once entities are taken out. */
  readonly scores: ReadonlyMap<string, number>;
  readonly script: Script | null;
  /** Letters left without entities: how much the text weighs. */
  readonly letters: number;
  readonly chinese: 'Hans' | 'Hant' | null;
}

/** Text beyond this adds time and no certainty. */
const CHARS_READ = 400;

const syllabic: Partial<Record<Script, string>> = {
  hangul: 'ko',
  thai: 'th',
  hebrew: 'he',
  greek: 'el',
  devanagari: 'hi',
  bengali: 'bn',
  tamil: 'ta',
};

const tokensOf = (text: string): string[] => text.toLowerCase().match(/\p{L}[\p{L}\p{M}'’]*/gu) ?? [];

/** The languages a text may be in, by script, word lists and letter statistics; knows nothing of the thread. */
export function readEvidence(text: string, languages: readonly string[] = shopLanguages): Evidence {
  const bare = stripFacts(text.slice(0, CHARS_READ)).normalize('NFC');
  const counts = countScripts(bare);
  const script = mainScript(counts);
  const letters = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const evidence = { script, letters, chinese: script === 'han' ? chineseScriptOf(bare) : null };
  return { ...evidence, scores: scoresFor(bare, script, new Set(languages.map(baseLanguage))) };
}

function scoresFor(text: string, script: Script | null, allowed: ReadonlySet<string>): ReadonlyMap<string, number> {
  switch (script) {
    case null:
    case 'other':
      return new Map();
    case 'kana':
      return new Map([['ja', 1]]);
    case 'han':
      // A few characters may as well be Japanese written without kana ("返金"); the thread decides.
      return new Map(text.length <= 6 ? [['zh', 0.8], ['ja', 0.2]] : [['zh', 0.97], ['ja', 0.03]]); // biome-ignore format: one line says it
    case 'latin':
      return latinScores(text, allowed);
    case 'arabic':
      return new Map([[arabicLanguage(text), 1]]);
    case 'cyrillic':
      return cyrillicScores(text, tokensOf(text), allowed);
    default: {
      const language = syllabic[script];
      return new Map(language === undefined ? [] : [[language, 1]]);
    }
  }
}

/** Letters statistics and word votes in one distribution; what neither speaks for stays unassigned (sums below 1). */
function latinScores(text: string, allowed: ReadonlySet<string>): ReadonlyMap<string, number> {
  const latin = new Set([...allowed].filter((language) => scriptOfLanguage(language) === 'latin'));
  const tokens = tokensOf(text);
  const clear = clearByWords(tokens, latin);
  if (clear !== null) return new Map([[clear, CLEAR]]);
  const scores = new Map(letterScores(text, latin));
  for (const [language, vote] of chatWordVotes(tokens, latin)) scores.set(language, (scores.get(language) ?? 0) + 0.8 * vote);
  splitMalay(scores, tokens, latin);
  const total = [...scores.values()].reduce((sum, score) => sum + score, 0);
  const scale = Math.max(total, 0.6);
  return new Map([...scores].map(([language, score]) => [language, score / scale]));
}

/** So many votes of different words, and so many times those of the next language, leave the statistics nothing to add. */
const VOTES_CLEAR = 4;
const LEAD_CLEAR = 3;
const CLEAR = 0.98;
/** Neighbours that share most of their short words. */
const NEIGHBOURS: ReadonlySet<string> = new Set(['id', 'ms', 'da', 'nb']);

/** The language that the words alone make clear: the cheap way, and the usual one for more than a line or two. */
function clearByWords(tokens: readonly string[], latin: ReadonlySet<string>): string | null {
  const [best, next] = [...chatWordVotes([...new Set(tokens)], latin)].sort((a, b) => b[1] - a[1]);
  if (best === undefined || NEIGHBOURS.has(best[0])) return null;
  return best[1] >= VOTES_CLEAR && best[1] >= LEAD_CLEAR * (next?.[1] ?? 0) ? best[0] : null;
}

/** The statistics know one of Indonesian and Malay; the words say which it is. */
function splitMalay(scores: Map<string, number>, tokens: readonly string[], allowed: ReadonlySet<string>): void {
  const together = (scores.get('id') ?? 0) + (scores.get('ms') ?? 0);
  if (together === 0) return;
  scores.delete('id');
  scores.delete('ms');
  const found = indonesianOrMalay(tokens).language;
  const language = allowed.has(found) ? found : found === 'id' ? 'ms' : 'id';
  scores.set(language, together);
}

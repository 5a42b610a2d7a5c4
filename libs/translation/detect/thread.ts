import { baseLanguage, chineseScript, scriptOfLanguage } from '../languages';
import { type Evidence, readEvidence, shopLanguages } from './detector';

/** What a conversation has said so far about its language. Plain JSON: it is kept per thread. */
export interface ThreadLanguage {
  /** The language the conversation is held in; `und` until known. */
  readonly language: string;
  /** Additive evidence per language, decayed by each message. */
  readonly scores: Readonly<Record<string, number>>;
  /** A language that asks to take over, and for how many messages in a row. */
  readonly rival: { readonly language: string; readonly messages: number } | null;
}

export interface Detection {
  /** BCP 47; `und` when nothing alphabetic is left without entities. */
  readonly language: string;
  /** 0 to 1. */
  readonly confidence: number;
}

export interface DetectionOptions {
  /** The languages the shop deals in; default: all that are known. */
  readonly languages?: readonly string[];
  readonly thread?: ThreadLanguage;
  /** What the channel says (locale, site, profile): a weak prior. */
  readonly hint?: string | null;
}

export const newThread: ThreadLanguage = { language: 'und', scores: {}, rival: null };

const DECAY = 0.8;
/** A message of so many letters weighs 1. */
const LETTERS_FULL = 40;
/** The most the thread can weigh against one message: some 30 clear letters outweigh it. */
const PRIOR_MAX = 0.7;
const HINT_WEIGHT = 0.2;
const SURE = 0.75;

/** The language of one message, by itself and by what the thread held so far. */
export function detectLanguage(text: string, options: DetectionOptions = {}): Detection {
  return judge(readEvidence(text, options.languages ?? shopLanguages), options);
}

/** The same, and the thread's language after it. */
export function detectInThread(text: string, options: DetectionOptions = {}): { detection: Detection; thread: ThreadLanguage } {
  const evidence = readEvidence(text, options.languages ?? shopLanguages);
  const detection = judge(evidence, options);
  return { detection, thread: follow(options.thread ?? newThread, evidence, detection) };
}

function judge(evidence: Evidence, { thread = newThread, hint = null }: DetectionOptions): Detection {
  const prior = priorFor(evidence, thread, hint);
  if (evidence.letters === 0) return { language: 'und', confidence: 0 };
  const weight = weightOf(evidence);
  const scores = new Map<string, number>(prior);
  for (const [language, score] of evidence.scores) scores.set(language, (scores.get(language) ?? 0) + weight * score);
  const [best] = [...scores].sort((a, b) => b[1] - a[1]);
  if (best === undefined) return { language: 'und', confidence: 0 };
  const total = Math.max(
    [...scores.values()].reduce((sum, score) => sum + score, 0),
    0.05,
  );
  return { language: spell(best[0], evidence, hint ?? null, thread), confidence: Math.round((best[1] / total) * 1000) / 1000 };
}

/** Syllable signs carry more than letters, and a script that only one language uses is worth many of them. */
function weightOf(evidence: Evidence): number {
  const perSign = evidence.script === 'latin' || evidence.script === 'cyrillic' ? 1 : 3;
  return Math.min(3, (evidence.letters * perSign) / LETTERS_FULL);
}

/** What was known before the message, for the languages its script allows. */
function priorFor(evidence: Evidence, thread: ThreadLanguage, hint: string | null): Map<string, number> {
  const prior = new Map<string, number>();
  const total = Object.values(thread.scores).reduce((sum, score) => sum + score, 0);
  const mass = Math.min(PRIOR_MAX, total);
  for (const [language, score] of Object.entries(thread.scores)) {
    if (allowedBy(evidence, language)) prior.set(language, (mass * score) / total);
  }
  if (hint !== null && allowedBy(evidence, hint)) {
    const language = baseLanguage(hint);
    prior.set(language, (prior.get(language) ?? 0) + HINT_WEIGHT * (1 - mass));
  }
  return prior;
}

/** A Cyrillic text is not Spanish, whatever was said before; but people of all languages write a few Latin letters. */
function allowedBy(evidence: Evidence, language: string): boolean {
  const script = scriptOfLanguage(language);
  switch (evidence.script) {
    case null:
    case 'other':
      return true;
    case 'latin':
      return script === 'latin' || evidence.letters < LETTERS_FULL;
    case 'han':
      return script === 'han' || (script === 'kana' && evidence.chinese !== 'Hans');
    default:
      return script === evidence.script;
  }
}

/** Script for Chinese, region for Portuguese: what engines need to know and letters alone do not say. */
function spell(language: string, evidence: Evidence, hint: string | null, thread: ThreadLanguage): string {
  const known = [hint, thread.language].find((tag) => tag !== null && baseLanguage(tag) === language) ?? null;
  if (language === 'zh') return `zh-${evidence.chinese ?? (known === null ? 'Hans' : chineseScript(known))}`;
  if (language === 'pt' && known !== null && /^pt-(br|pt)$/i.test(known)) return `pt-${known.slice(3).toUpperCase()}`;
  return language;
}

/**
 * The thread after a message. It takes another language after two messages in a row in it, or one of 40 letters that
 * leaves no doubt; its first language comes with the first message that is more than a guess.
 */
function follow(thread: ThreadLanguage, evidence: Evidence, detection: Detection): ThreadLanguage {
  if (detection.language === 'und' || evidence.scores.size === 0) return thread;
  const weight = weightOf(evidence);
  const scores: Record<string, number> = {};
  for (const [language, score] of Object.entries(thread.scores)) if (score * DECAY > 0.005) scores[language] = score * DECAY;
  for (const [language, score] of evidence.scores) {
    const added = weight * score;
    if (added > 0.005) scores[language] = (scores[language] ?? 0) + added;
  }
  return { scores, ...settle(thread, evidence, detection) };
}

function settle(thread: ThreadLanguage, evidence: Evidence, { language, confidence }: Detection): Omit<ThreadLanguage, 'scores'> {
  const current = thread.language;
  if (current === 'und') return { language: confidence >= 0.5 ? language : 'und', rival: null };
  if (baseLanguage(current) === baseLanguage(language))
    return { language: evidence.chinese === null ? current : language, rival: null };
  const own = evidence.scores.get(baseLanguage(language)) ?? 0;
  if (own < SURE) return { language: current, rival: thread.rival };
  if (weightOf(evidence) >= 1) return { language, rival: null };
  const messages = thread.rival?.language === language ? thread.rival.messages + 1 : 1;
  return messages >= 2 ? { language, rival: null } : { language: current, rival: { language, messages } };
}

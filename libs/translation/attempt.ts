import { cacheKey, type TranslationCache } from './cache';
import type { Problem } from './checks/problem';
import type { Formality, TermRow } from './engines/engine';
import type { GuardedEngine } from './engines/guarded';
import { isUnspaced } from './languages';
import { checkText, type Masking, type MessageText, masksFor } from './message-text';
import { hasTextBeside, type MaskShape, type ProtectedText, protect, restore, writeMask } from './protect/masks';
import { segment } from './protect/segments';
import type { TranslateRequest } from './request';

/** One way to ask an engine. */
export interface Manner {
  readonly engine: GuardedEngine;
  readonly shape: MaskShape;
  readonly masking: Masking;
}

export interface TextResult {
  readonly text: string;
  readonly problems: readonly Problem[];
}

export interface AttemptContext {
  readonly request: TranslateRequest;
  readonly formality: Formality;
  readonly cache: TranslationCache;
  readonly signal: AbortSignal;
}

/** Masks the texts, has them translated, restores and checks them. @throws EngineError when the engine gave no answer. */
export async function attempt(texts: readonly MessageText[], manner: Manner, context: AttemptContext): Promise<TextResult[]> {
  const jobs = texts.map((text) => prepare(text, manner, context.request));
  const wanted = jobs.flatMap((job) =>
    job.segments.filter((each) => each.kind === 'text').map((each) => ({ text: each.text, job })),
  );
  const keys = wanted.map(({ text, job }) => keyFor(text, job.given.shape, manner, context));
  const answers = new Map<string, string>();
  for (const key of keys) {
    const known = context.cache.get(key);
    if (known !== undefined) answers.set(key, known);
  }
  // Parts without a mask need no mark-up: they are asked for as plain text, in a request of their own.
  for (const shape of new Set(wanted.map(({ job }) => job.given.shape))) {
    const missing = new Map(
      wanted.flatMap(({ text, job }, at) => {
        const key = keys[at] ?? '';
        return job.given.shape === shape && !answers.has(key) ? [[key, { text, job }] as const] : [];
      }),
    );
    if (missing.size > 0) await askEngine(missing, answers, { ...manner, shape }, context);
  }
  let at = 0;
  return jobs.map((job) => {
    const mine = job.segments.filter((each) => each.kind === 'text').map((_, index) => keys[at + index] ?? '');
    at += mine.length;
    const result = finish(job, mine, answers, context);
    // Only what passed is kept: a second asking may do better.
    if (result.problems.every((problem) => problem.gravity === 'notice'))
      for (const key of mine) context.cache.set(key, answers.get(key) ?? '');
    return result;
  });
}

interface Job {
  readonly text: MessageText;
  readonly given: ProtectedText;
  readonly segments: ReturnType<typeof segment>;
}

function prepare(text: MessageText, { engine, shape, masking }: Manner, request: TranslateRequest): Job {
  const masks = masksFor(text, masking, request);
  const used = masks.length === 0 ? 'bracket' : shape;
  const given = protect(text.source, masks, used);
  const segments = segment(given.text, {
    byLine: !engine.traits.keepsLines,
    charsMax: engine.traits.charsMax,
    hasText: (piece) => hasTextBeside(piece, used),
  });
  return { text, given, segments };
}

function keyFor(text: string, shape: MaskShape, { engine }: Manner, { request, formality }: AttemptContext): string {
  const read = engine.traits.reads ? request.context.map((turn) => turn.text) : [];
  const glossary = `${request.glossary.version}`;
  return cacheKey(
    request.merchantId,
    engine.name,
    engine.traits.origin,
    request.from,
    request.to,
    glossary,
    formality,
    shape,
    text,
    ...read,
  );
}

async function askEngine(
  missing: ReadonlyMap<string, { readonly text: string; readonly job: Job }>,
  answers: Map<string, string>,
  { engine, shape }: Manner,
  { request, formality, signal }: AttemptContext,
): Promise<void> {
  const wanted = [...missing.values()];
  const found = await engine.translate({
    texts: wanted.map(({ text }) => text),
    from: request.from === 'und' ? null : request.from,
    to: request.to,
    shape,
    meanings: wanted.map(({ text, job }) => meaningsIn(text, job.given)),
    formality,
    context: engine.traits.reads ? request.context : [],
    terms: engine.traits.reads ? rowsFor(wanted.map(({ job }) => job.text)) : [],
    forbidden: [...new Set(wanted.flatMap(({ job }) => job.text.uses.flatMap((use) => use.term.forbidden)))],
    signal,
  });
  [...missing.keys()].forEach((key, at) => {
    answers.set(key, found[at] ?? '');
  });
}

/** Only the rows that occur: a long list is read as badly by models as by people. */
function rowsFor(texts: readonly MessageText[]): TermRow[] {
  const terms = new Set(texts.flatMap((text) => text.uses.map((use) => use.term)));
  return [...terms].flatMap(({ source, target, doNotTranslate }) =>
    target === null || doNotTranslate ? [] : [{ source, target }],
  );
}

function meaningsIn(text: string, given: ProtectedText): ReadonlyMap<string, string> {
  const pairs = given.meanings.map((meaning, index) => [writeMask(given.shape, index), meaning] as const);
  return new Map(pairs.filter(([mask]) => text.includes(mask)));
}

function finish(job: Job, keys: readonly string[], answers: ReadonlyMap<string, string>, context: AttemptContext): TextResult {
  const { request, formality } = context;
  const answered = [...keys];
  const answer = job.segments
    .map((each) => (each.kind === 'gap' ? each.text : (answers.get(answered.shift() ?? '') ?? '').trim()))
    .join('');
  const spaceApart = isUnspaced(request.from) && !isUnspaced(request.to);
  const { text, lost, repeated, residue } = restore(answer, job.given, { spaceApart });
  const problems = checkText(job.text, text, { from: request.from, to: request.to, glossary: request.glossary, formality });
  const damaged = (lost.length > 0 || repeated.length > 0 || residue) && !problems.some((each) => each.check === 'entities');
  return { text, problems: damaged ? [...problems, damage(lost, repeated, job.given)] : problems };
}

/** A mask that was lost is told by the fact behind it. */
function damage(lost: readonly number[], repeated: readonly number[], { fills }: ProtectedText): Problem {
  const of = (indices: readonly number[]): string => indices.map((index) => `"${fills[index]}"`).join(', ');
  const message =
    lost.length > 0
      ? `${of(lost)} is missing.`
      : repeated.length > 0
        ? `${of(repeated)} stands there more than once.`
        : 'Signs that stood for protected text were left over.';
  return { check: 'entities', gravity: 'unsafe', message };
}

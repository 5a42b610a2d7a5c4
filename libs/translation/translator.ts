import { type DeliveryError, type Part, type Translation, translatableTexts, withTexts } from '@parley/model';
import { type AttemptContext, attempt, type Manner, type TextResult } from './attempt';
import type { TranslationCache } from './cache';
import { describeChecks, type Problem } from './checks/problem';
import { EngineError, type EngineState, type Formality } from './engines/engine';
import type { GuardedEngine } from './engines/guarded';
import { termsFor } from './glossary/terms';
import { sameLanguage } from './languages';
import { checkText, type MessageText, masksFor, readText } from './message-text';
import { hasWords } from './protect/facts';
import type { TranslateOutcome, TranslateRequest } from './request';
import { writtenLanguage } from './written-language';

export interface TranslatorOptions {
  readonly cache: TranslationCache;
  /** How buyers are addressed. */
  readonly formality: Formality;
  /** All engines and tries of one message together. */
  readonly deadlineMs: number;
}

/** What an engine made of a whole message. */
interface Candidate {
  readonly engine: string;
  readonly results: readonly TextResult[];
}

/**
 * Engines in order, each with its mask shapes in order, until every check passes. What stops a translation from being
 * used depends on the direction: see `Problem`.
 */
export class Translator {
  constructor(
    private readonly engines: readonly GuardedEngine[],
    private readonly options: TranslatorOptions,
  ) {}

  /** False: nothing will be translated, and callers say so. */
  get configured(): boolean {
    return this.engines.length > 0;
  }

  engineStates(): EngineState[] {
    return this.engines.map((engine) => engine.state());
  }

  async translate(asked: TranslateRequest, signal?: AbortSignal): Promise<TranslateOutcome> {
    const startedAt = performance.now();
    const request = { ...asked, from: writtenLanguage(asked) };
    if (sameLanguage(request.from, request.to)) return { kind: 'not-needed' };
    if (!this.configured) return { kind: request.parts.flatMap(translatableTexts).some(hasWords) ? 'no-engine' : 'not-needed' };
    const texts = this.read(request);
    if (texts.every((text) => text.wordless)) return { kind: 'not-needed' };
    if (texts.reduce((sum, text) => sum + text.source.length, 0) > CHARS_MAX) return { kind: 'unavailable', reason: tooLong };
    const deadline = AbortSignal.timeout(this.options.deadlineMs);
    const context = this.contextFor(request, signal ? AbortSignal.any([signal, deadline]) : deadline);
    const candidates: Candidate[] = [];
    const errors: EngineError[] = [];
    for (const engine of this.engines) {
      try {
        const candidate = await this.tryEngine(engine, texts, context);
        candidates.push(candidate);
        if (!blocks(candidate, 'outbound')) break;
      } catch (error) {
        signal?.throwIfAborted();
        errors.push(deadline.aborted ? new EngineError('timeout', 'No engine answered in time') : asEngineError(error));
        if (deadline.aborted) break;
      }
    }
    const best = pickBest(candidates);
    if (best === null) return { kind: 'unavailable', reason: unavailable(errors) };
    return this.judge(best, request, Math.round(performance.now() - startedAt), errors);
  }

  /** Checks a translation somebody else made, such as a person: `ok` per check, or what is wrong in words. */
  check(source: readonly Part[], translated: readonly Part[], request: Omit<TranslateRequest, 'parts'>): Translation['checks'] {
    const texts = this.read({ ...request, parts: source });
    const answers = translated.flatMap(translatableTexts);
    const whole =
      texts.length === answers.length ? texts : this.read({ ...request, parts: [joined(texts.map((t) => t.source))] });
    const given = texts.length === answers.length ? answers : [answers.join('\n')];
    const options = { from: request.from, to: request.to, glossary: request.glossary, formality: this.formalityOf(request) };
    return describeChecks(whole.flatMap((text, at) => checkText(text, given[at] ?? '', options)));
  }

  private read(request: TranslateRequest): MessageText[] {
    const terms = termsFor(request.glossary, request.from, request.to);
    return request.parts.flatMap(translatableTexts).map((text) => readText(text, terms, request.from));
  }

  private contextFor(request: TranslateRequest, signal: AbortSignal): AttemptContext {
    return { request, formality: this.formalityOf(request), cache: this.options.cache, signal };
  }

  /** The shop's manners are for what the shop says; the buyer keeps his own. */
  private formalityOf({ direction }: Pick<TranslateRequest, 'direction'>): Formality {
    return direction === 'outbound' ? this.options.formality : 'default';
  }

  /** Each text by itself goes through the shapes until it passes; the best of what it got is kept. */
  private async tryEngine(engine: GuardedEngine, texts: readonly MessageText[], context: AttemptContext): Promise<Candidate> {
    const { request, signal } = context;
    if (!(await engine.supports(request.from === 'und' ? null : request.from, request.to, signal)))
      throw new EngineError('unsupported-pair', `${engine.name} does not translate ${request.from} to ${request.to}`);
    const results: (TextResult | null)[] = texts.map((text) => (text.wordless ? { text: text.source, problems: [] } : null));
    for (const manner of mannersOf(engine)) {
      const open = results.flatMap((result, at) => (result === null || worthAnotherTry(result, texts[at], request) ? [at] : []));
      if (open.length === 0) break;
      const tried = await this.attemptOrNothing(
        open.map((at) => texts[at] as MessageText),
        manner,
        context,
        results,
      );
      open.forEach((at, index) => {
        results[at] = better(results[at] ?? null, tried[index] ?? null);
      });
    }
    return { engine: engine.name, results: results.map((result) => result ?? nothing) };
  }

  /** The first manner has to answer; later ones can only improve on what is there. */
  private async attemptOrNothing(
    texts: readonly MessageText[],
    manner: Manner,
    context: AttemptContext,
    results: readonly (TextResult | null)[],
  ): Promise<(TextResult | null)[]> {
    try {
      return await attempt(texts, manner, context);
    } catch (error) {
      if (results.includes(null) || !(error instanceof EngineError || context.signal.aborted)) throw error;
      return texts.map(() => null);
    }
  }

  private judge(
    best: Candidate,
    request: TranslateRequest,
    durationMs: number,
    errors: readonly EngineError[],
  ): TranslateOutcome {
    const problems = best.results.flatMap((result) => result.problems);
    const translation: Translation = {
      language: request.to,
      parts: rebuilt(request.parts, best.results),
      engine: best.engine,
      checks: describeChecks(problems),
      editedBy: null,
      glossaryVersion: request.glossary.version,
      durationMs,
    };
    if (!blocks(best, request.direction)) return { kind: 'done', translation };
    const usable = !problems.some((problem) => problem.gravity === 'unusable');
    return { kind: 'unsafe', reason: unsafe(problems, errors), candidate: usable ? translation : null };
  }
}

/** No chat and no letter is longer; whoever pastes a book is not to keep the others waiting. */
const CHARS_MAX = 50_000;
const tooLong: DeliveryError = {
  code: 'translation-too-long',
  message: `A text of more than ${CHARS_MAX} characters is not translated.`,
  retryable: false,
};

/** At first only what must not change at all is masked; every next shape masks all there is to mask. */
function mannersOf(engine: GuardedEngine): Manner[] {
  return engine.traits.shapes.map((shape, index) => ({ engine, shape, masking: index === 0 ? 'exact' : 'all' }));
}

const nothing: TextResult = {
  text: '',
  problems: [{ check: 'content', gravity: 'unusable', message: 'The engine answered nothing.' }],
};

/** Another shape may help with facts and terms, and an engine that stumbled over masks; a mere notice is not worth a request. */
const worthAnotherTry = ({ problems }: TextResult, text: MessageText | undefined, request: TranslateRequest): boolean =>
  text !== undefined &&
  masksFor(text, 'all', request).length > 0 &&
  problems.some((problem) => problem.gravity !== 'notice' || problem.check === 'glossary');

const weights = { unusable: 100, unsafe: 10, notice: 1 } as const;
const weigh = (problems: readonly Problem[]): number => problems.reduce((sum, problem) => sum + weights[problem.gravity], 0);

function better(a: TextResult | null, b: TextResult | null): TextResult | null {
  if (a === null || b === null) return a ?? b;
  return weigh(b.problems) < weigh(a.problems) ? b : a;
}

function pickBest(candidates: readonly Candidate[]): Candidate | null {
  const weight = ({ results }: Candidate): number => results.reduce((sum, result) => sum + weigh(result.problems), 0);
  return candidates.reduce<Candidate | null>((best, each) => (best === null || weight(each) < weight(best) ? each : best), null);
}

/** What an agent reads may have a flaw, told beside it; what a buyer gets may have none. */
function blocks({ results }: Candidate, direction: TranslateRequest['direction']): boolean {
  return results.some(({ problems }) =>
    problems.some(({ gravity }) => gravity === 'unusable' || (gravity === 'unsafe' && direction === 'outbound')),
  );
}

function rebuilt(parts: readonly Part[], results: readonly TextResult[]): Part[] {
  let at = 0;
  return parts.map((part) => {
    const count = translatableTexts(part).length;
    const texts = results.slice(at, at + count).map((result) => result.text);
    at += count;
    return withTexts(part, texts);
  });
}

const joined = (texts: readonly string[]): Part => ({ kind: 'text', text: texts.join('\n') });

/** Trying again helps only where another engine could not be asked this time. */
function unsafe(problems: readonly Problem[], errors: readonly EngineError[]): DeliveryError {
  const messages = [...new Set(problems.filter(({ gravity }) => gravity !== 'notice').map(({ message }) => message))];
  return {
    code: 'translation-unsafe',
    message: `The translation is not safe to send. ${messages.slice(0, 5).join(' ')}`,
    retryable: errors.some((error) => error.retryable),
  };
}

function unavailable(errors: readonly EngineError[]): DeliveryError {
  const message = errors.map((error) => error.message).join('; ');
  if (errors.some((error) => error.retryable)) return { code: 'translation-unavailable', message, retryable: true };
  // A person has to mend a key or a quota: worth a retry then, not worth waiting for.
  if (errors.some(({ fault }) => fault === 'auth' || fault === 'quota'))
    return { code: 'translation-refused', message, retryable: true };
  const isPair = errors.every(({ fault }) => fault === 'unsupported-pair');
  return { code: isPair ? 'translation-pair' : 'translation-rejected', message, retryable: false };
}

const asEngineError = (error: unknown): EngineError =>
  error instanceof EngineError ? error : new EngineError('unavailable', 'The engine failed', { cause: error });

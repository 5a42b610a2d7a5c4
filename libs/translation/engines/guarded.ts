import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  wrap,
} from 'cockatiel';
import { type Engine, EngineError, type EngineRequest, type EngineState } from './engine';

export interface GuardOptions {
  readonly log?: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
  readonly now?: () => number;
  /** Tries per request: a second one mends a lost packet; more is for those who can wait. */
  readonly triesMax?: number;
}

const TRIES_MAX = 2;
const RETRY_DELAY_MS = 250;
/** A longer wait is better spent on the next engine. */
const RETRY_AFTER_MS_MAX = 1_000;
const FAILURES_BEFORE_OPEN = 5;
const OPEN_MS_FIRST = 5_000;
const OPEN_MS_MAX = 60_000;
/** Key and quota are mended by people; until then one try a minute shows whether they were. */
const REFUSED_MS = 60_000;
const THROTTLED_MS = 2_000;
const QUEUE_MAX = 500;
/** Timers may fire a little early, and the pause would still be on. */
const TIMER_SLACK_MS = 20;

/** An engine with what protects it from us and us from it: limits, a circuit breaker, a short retry, pauses. */
export class GuardedEngine {
  readonly name: string;
  readonly traits: Engine['traits'];
  private readonly breaker = circuitBreaker(handleWhen(isFailure), {
    breaker: new ConsecutiveBreaker(FAILURES_BEFORE_OPEN),
    halfOpenAfter: new ExponentialBackoff({ initialDelay: OPEN_MS_FIRST, maxDelay: OPEN_MS_MAX }),
  });
  private readonly policy;
  private readonly now: () => number;
  private pause: { until: number; state: 'throttled' | 'refused' } = { until: 0, state: 'throttled' };
  private lastError: EngineState['lastError'] = null;
  private lastSuccessAt: string | null = null;

  constructor(
    private readonly engine: Engine,
    private readonly options: GuardOptions = {},
  ) {
    this.name = engine.name;
    this.traits = engine.traits;
    this.now = options.now ?? Date.now;
    this.policy = wrap(bulkhead(engine.traits.concurrency, QUEUE_MAX), this.breaker);
  }

  supports(from: string | null, to: string, signal: AbortSignal): Promise<boolean> {
    if (from === null && !this.traits.detects) return Promise.resolve(false);
    return this.engine.supports(from, to, signal);
  }

  /** All texts, in as many requests as the engine's limits ask for. @throws EngineError */
  async translate(request: EngineRequest): Promise<string[]> {
    const batches = await Promise.all(this.batches(request).map((batch) => this.once(batch)));
    return batches.flat();
  }

  state(): EngineState {
    const { until, state } = this.pause;
    const paused = until > this.now();
    const open = this.breaker.state === CircuitState.Open;
    return {
      name: this.name,
      state: paused ? state : open ? 'failing' : 'ready',
      pausedUntil: paused ? new Date(until).toISOString() : null,
      lastError: this.lastError,
      lastSuccessAt: this.lastSuccessAt,
    };
  }

  private batches(request: EngineRequest): EngineRequest[] {
    const { textsMax, charsMax } = this.traits;
    const batches: EngineRequest[] = [];
    let start = 0;
    let chars = 0;
    const close = (end: number): void => {
      if (end > start)
        batches.push({ ...request, texts: request.texts.slice(start, end), meanings: request.meanings.slice(start, end) });
      start = end;
      chars = 0;
    };
    request.texts.forEach((text, index) => {
      if (index - start >= textsMax || chars + text.length > charsMax) close(index);
      chars += text.length;
    });
    close(request.texts.length);
    return batches;
  }

  private async once(request: EngineRequest): Promise<string[]> {
    const triesMax = this.options.triesMax ?? TRIES_MAX;
    for (let tries = 1; ; tries += 1) {
      this.refuseWhilePaused();
      try {
        const texts = await this.policy.execute(({ signal }) => this.engine.translate({ ...request, signal }), request.signal);
        this.lastSuccessAt = new Date(this.now()).toISOString();
        return texts;
      } catch (cause) {
        request.signal.throwIfAborted();
        const error = this.note(cause);
        const usualMs = error.fault === 'rate-limited' ? THROTTLED_MS : RETRY_DELAY_MS * tries * (0.5 + Math.random());
        const waitMs = error.retryAfterMs ?? usualMs;
        if (!error.retryable || tries >= triesMax || waitMs > RETRY_AFTER_MS_MAX || !isEngineError(cause)) throw error;
        await sleep(waitMs + TIMER_SLACK_MS, request.signal);
      }
    }
  }

  private refuseWhilePaused(): void {
    if (this.pause.until <= this.now()) return;
    const refused = this.pause.state === 'refused';
    throw new EngineError(
      refused ? 'auth' : 'rate-limited',
      `${this.name} is paused: ${this.lastError?.message ?? 'it asked for it'}`,
      {
        retryAfterMs: this.pause.until - this.now(),
      },
    );
  }

  /** Remembers what an operator has to know, and pauses an engine that asked for it. */
  private note(cause: unknown): EngineError {
    if (cause instanceof BrokenCircuitError)
      return new EngineError('unavailable', `${this.name} is left alone for a moment: ${this.lastError?.message ?? 'it failed'}`);
    if (cause instanceof BulkheadRejectedError) return new EngineError('unavailable', `${this.name} has too much to do`);
    const error = isEngineError(cause)
      ? cause
      : new EngineError('unavailable', `${this.name} failed: ${cause instanceof Error ? cause.name : 'unknown'}`, { cause });
    this.lastError = { code: error.code, message: error.message, at: new Date(this.now()).toISOString() };
    const fields = { engine: this.name, fault: error.fault, code: error.engineCode };
    if (error.fault === 'auth' || error.fault === 'quota') {
      this.pause = { until: this.now() + REFUSED_MS, state: 'refused' };
      this.options.log?.error(fields, 'A translation engine refuses to work: look at its key and quota');
    } else {
      if (error.fault === 'rate-limited')
        this.pause = { until: this.now() + Math.min(error.retryAfterMs ?? THROTTLED_MS, REFUSED_MS), state: 'throttled' };
      this.options.log?.warn(fields, 'A translation engine failed');
    }
    return error;
  }
}

const isEngineError = (error: unknown): error is EngineError => error instanceof EngineError;

/** Errors that speak of the engine; a text it cannot take says nothing about the next. */
function isFailure(error: Error): boolean {
  if (!isEngineError(error)) return error.name !== 'AbortError';
  return error.fault === 'timeout' || error.fault === 'unavailable';
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

import { ParleyError } from '@parley/model';
import type { MaskShape } from '../protect/masks';
import type { Turn } from '../request';

/**
 * What became of a request. Decides what happens next: `rate-limited`, `timeout` and `unavailable` are worth a second
 * try; `auth` and `quota` need a person, so the engine is left alone for a while; the others speak of this text only.
 */
export type EngineFault =
  | 'auth'
  | 'quota'
  | 'rate-limited'
  | 'too-long'
  | 'unsupported-pair'
  | 'bad-request'
  | 'content-rejected'
  | 'timeout'
  | 'unavailable';

export class EngineError extends ParleyError {
  readonly retryAfterMs: number | undefined;
  /** The engine's own code, verbatim, for the log. Never its message: that may quote the text. */
  readonly engineCode: string | undefined;

  constructor(
    readonly fault: EngineFault,
    message: string,
    options: { retryAfterMs?: number; engineCode?: string; cause?: unknown } = {},
  ) {
    super(`translation-${fault}`, message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
    this.engineCode = options.engineCode;
  }

  get retryable(): boolean {
    return this.fault === 'rate-limited' || this.fault === 'timeout' || this.fault === 'unavailable';
  }
}

export interface TermRow {
  readonly source: string;
  readonly target: string;
}

/** What an engine is asked: texts already masked, all of one message, of one pair. */
export interface EngineRequest {
  readonly texts: readonly string[];
  /** BCP 47; null: the engine finds out. Only engines that `detect` are asked so. */
  readonly from: string | null;
  readonly to: string;
  readonly shape: MaskShape;
  /** What each mask of a text stands for, by the text's place in `texts`: for engines that read. */
  readonly meanings: readonly ReadonlyMap<string, string>[];
  readonly formality: Formality;
  readonly context: readonly Turn[];
  readonly terms: readonly TermRow[];
  readonly forbidden: readonly string[];
  readonly signal: AbortSignal;
}

export type Formality = 'default' | 'formal' | 'informal';

export interface EngineTraits {
  /** Where it answers and with which model: what it said before is not what another one would say. */
  readonly origin: string;
  /** Mask shapes in the order they are tried. */
  readonly shapes: readonly [MaskShape, ...MaskShape[]];
  /** Gives line ends back as they were; else it gets every line by itself. */
  readonly keepsLines: boolean;
  /** Finds out the source language itself. */
  readonly detects: boolean;
  /** Uses `context` and `terms`; what it answers depends on them. */
  readonly reads: boolean;
  readonly textsMax: number;
  /** Of one text, and of one request. */
  readonly charsMax: number;
  /** Requests under way at once. */
  readonly concurrency: number;
}

/** One translation service, reduced to what all of them have. Adapters do one request and map its errors; no retry. */
export interface Engine {
  readonly name: string;
  readonly traits: EngineTraits;
  /** False only when the engine's own list says so; an engine that has no list, or cannot be asked now, is tried. */
  supports(from: string | null, to: string, signal: AbortSignal): Promise<boolean>;
  /** As many texts as were given, in their order. @throws EngineError */
  translate(request: EngineRequest): Promise<string[]>;
}

/** For the health page: what an operator has to know about an engine. */
export interface EngineState {
  readonly name: string;
  /** `failing`: it failed so often that it is left alone for a while. `refused`: key or quota, a person has to act. */
  readonly state: 'ready' | 'failing' | 'throttled' | 'refused';
  /** RFC 3339; null: now. */
  readonly pausedUntil: string | null;
  readonly lastError: { readonly code: string; readonly message: string; readonly at: string } | null;
  readonly lastSuccessAt: string | null;
}

import type { DeliveryError, Glossary, Part, Translation } from '@parley/model';

export type Direction = 'inbound' | 'outbound';

/** An earlier turn of the conversation: read by engines that can, never translated. */
export interface Turn {
  readonly direction: Direction;
  readonly text: string;
  readonly language: string;
}

export interface TranslateRequest {
  /** Whose text it is: nothing of it is ever found in another merchant's cache. */
  readonly merchantId: string;
  readonly parts: readonly Part[];
  /** BCP 47; `und` leaves it to the engine, where that can tell. */
  readonly from: string;
  readonly to: string;
  /** Outbound is strict: one failed check and nothing is fit to be sent. Inbound is shown with what is wrong beside it. */
  readonly direction: Direction;
  /** Oldest first. */
  readonly context: readonly Turn[];
  readonly glossary: Glossary;
}

export type TranslateOutcome =
  | { readonly kind: 'done'; readonly translation: Translation }
  /** The reader reads it as it is: same language, or no word in it. */
  | { readonly kind: 'not-needed' }
  /** None configured. */
  | { readonly kind: 'no-engine' }
  /** Engines answered, and every answer failed a check. `candidate` is the best of them, for a person to mend. */
  | { readonly kind: 'unsafe'; readonly reason: DeliveryError; readonly candidate: Translation | null }
  /** No engine could answer: down, throttled, refused, or none knows the pair. */
  | { readonly kind: 'unavailable'; readonly reason: DeliveryError };

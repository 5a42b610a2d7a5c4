import type { ChannelError } from '@parley/connector';
import type { DeliveryError } from '@parley/model';

/** What happens to a message after a request did not end well. */
export type Decision =
  /** Nothing more by machine: the message failed, or it is unknown whether it arrived. */
  | { readonly kind: 'end'; readonly outcome: 'failed' | 'uncertain'; readonly error: DeliveryError }
  /** The same request again, later. `pauseAccount`: nothing else of the account goes out until then either. */
  | {
      readonly kind: 'again';
      readonly afterMs: number;
      /** It was a try; one that the channel only put off is none. */
      readonly counts: boolean;
      readonly pauseAccount: boolean;
      readonly error: DeliveryError;
    }
  /** Ask the channel whether it arrived before doing anything else. */
  | { readonly kind: 'look'; readonly afterMs: number; readonly error: DeliveryError };

export interface Circumstances {
  /** Tries so far that ended without an answer. */
  readonly tries: number;
  /** How often the channel was asked whether this request arrived, and could not tell. */
  readonly looks: number;
  /** How long ago the shop sent the message, milliseconds. */
  readonly ageMs: number;
  readonly idempotent: boolean;
  readonly canReconcile: boolean;
  /** 0..1, for jitter. */
  readonly random: number;
}

/** A reply older than this is not worth sending by itself any more: a person decides. */
export const AGE_MS_MAX = 24 * 3_600_000;
/** Time for a request in doubt to show up at the channel, before it is looked for. */
export const LOOK_AFTER_MS = 20_000;
const LOOKS_MAX = 4;
const DELAY_MS_FIRST = 1_000;
const DELAY_MS_MAX = 15 * 60_000;
const THROTTLE_MS_DEFAULT = 5_000;
/** Long enough not to lock an account out by knocking, short enough to go on soon after it was mended. */
const UNAUTHORIZED_MS = 5 * 60_000;

/** Exponential backoff with full jitter above half: 0.5–1 s, 1–2 s, … 7.5–15 min. */
export const backoffMs = (tries: number, random: number): number =>
  Math.round(Math.min(DELAY_MS_MAX, DELAY_MS_FIRST * 2 ** Math.min(tries, 20)) * (0.5 + random / 2));

/** Decides by the error's fault alone. Pure, so that every case can be tested without a channel or a clock. */
export function decide(error: ChannelError, now: Circumstances): Decision {
  const told = (retryable: boolean): DeliveryError => ({ code: error.code, message: error.message, retryable });
  const tooOld = now.ageMs > AGE_MS_MAX;
  switch (error.fault) {
    case 'rejected':
      return { kind: 'end', outcome: 'failed', error: told(false) };
    case 'throttled':
      if (tooOld) return { kind: 'end', outcome: 'failed', error: told(true) };
      return {
        kind: 'again',
        afterMs: error.retryAfterMs ?? Math.max(THROTTLE_MS_DEFAULT, backoffMs(now.tries, now.random)),
        counts: false,
        pauseAccount: error.scope === 'account',
        error: told(true),
      };
    case 'unauthorized':
      if (tooOld) return { kind: 'end', outcome: 'failed', error: told(true) };
      return { kind: 'again', afterMs: UNAUTHORIZED_MS, counts: false, pauseAccount: true, error: told(true) };
    case 'unavailable':
      if (tooOld) return { kind: 'end', outcome: 'failed', error: told(true) };
      return {
        kind: 'again',
        afterMs: error.retryAfterMs ?? backoffMs(now.tries, now.random),
        counts: true,
        pauseAccount: false,
        error: told(true),
      };
    case 'uncertain':
      if (now.idempotent && !tooOld)
        return { kind: 'again', afterMs: backoffMs(now.tries, now.random), counts: true, pauseAccount: false, error: told(true) };
      if (now.canReconcile && now.looks < LOOKS_MAX)
        return { kind: 'look', afterMs: LOOK_AFTER_MS * 2 ** now.looks, error: told(true) };
      return { kind: 'end', outcome: 'uncertain', error: told(true) };
  }
}

/** The channel could not even be asked: the doubt stays, and asking is tried again, until the message is too old. */
export function decideOnLook(error: ChannelError, now: Circumstances): Decision {
  const doubt: DeliveryError = { code: error.code, message: error.message, retryable: true };
  if (now.ageMs > AGE_MS_MAX || error.fault === 'rejected') return { kind: 'end', outcome: 'uncertain', error: doubt };
  return { kind: 'look', afterMs: error.retryAfterMs ?? Math.max(LOOK_AFTER_MS, backoffMs(now.tries, now.random)), error: doubt };
}

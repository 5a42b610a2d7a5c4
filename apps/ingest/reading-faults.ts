import { ChannelError } from '@parley/connector';

const DELAY_MS_FIRST = 1_000;
const DELAY_MS_MAX = 5 * 60_000;
/** Long enough not to lock an account out by knocking. A change of the account ends the wait. */
const UNAUTHORIZED_MS = 5 * 60_000;

/** How long to leave a channel alone after the n-th failure in a row (1 for the first). `random` 0..1, for jitter. */
export function restMs(error: unknown, failures: number, random: number): number {
  if (error instanceof ChannelError) {
    if (error.retryAfterMs !== undefined) return error.retryAfterMs;
    if (error.fault === 'unauthorized') return UNAUTHORIZED_MS;
  }
  const exponential = DELAY_MS_FIRST * 2 ** Math.min(failures - 1, 20);
  return Math.round(Math.min(DELAY_MS_MAX, exponential) * (0.5 + random / 2));
}

/** A round goes by its interval, not to the second: many accounts must not all ask at once. */
export const nextRoundMs = (intervalMs: number, random: number): number => Math.round(intervalMs * (0.9 + random * 0.2));

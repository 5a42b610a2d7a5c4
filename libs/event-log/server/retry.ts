/** What to do after the n-th failed attempt (1 for the first). A pure function, so that it is tested without a clock. */
export type RetryPolicy = (attempt: number) => { readonly delayMs: number } | 'give up';

const ATTEMPTS_MAX = 4;

/**
 * For a handler that failed for a reason of its own: a few quick tries, because the partition waits meanwhile. Then the
 * batch is taken apart to find the record that does it.
 */
export const backoff: RetryPolicy = (attempt) =>
  attempt >= ATTEMPTS_MAX ? 'give up' : { delayMs: Math.min(1_000, 25 * 2 ** (attempt - 1)) };

/** While something the handler needs is away, nothing is wrong with the batch: it waits, however long that takes. */
export const patience: RetryPolicy = (attempt) => ({ delayMs: Math.min(5_000, 50 * 2 ** Math.min(attempt - 1, 10)) });

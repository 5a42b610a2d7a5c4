import { isObservable, lastValueFrom } from 'rxjs';
import type { EntryBatch } from '../entries';
import { FencedError } from '../errors';
import type { BatchContext } from '../port';

/** A handler as Nest hands it over: wrapped, so that a throw may come as an Observable that fails. */
export type Handler = (batch: EntryBatch<any>, context: BatchContext) => unknown;

/** A handler said nothing for too long. It is told to stop; whatever it still does cannot be committed. */
export class HandlerTimeoutError extends Error {
  override readonly name = 'HandlerTimeoutError';
}

/** Made once: it comes with every batch, and an error costs more than the rest of this. */
const ENDED = new FencedError('The handler has ended');

/**
 * One call of a handler, bounded in time: it must return, throw or call `progress` within `timeoutMs`. When it does not,
 * or the partition is lost, its signal is aborted and its context is dead: a late commit is fenced.
 */
export async function attempt(handler: Handler, batch: EntryBatch<any>, context: BatchContext, timeoutMs: number): Promise<void> {
  const own = new AbortController();
  const signal = AbortSignal.any([context.signal, own.signal]);
  const onSilence = () =>
    own.abort(new HandlerTimeoutError(`The handler of ${batch.topic} neither ended nor showed progress for ${timeoutMs} ms`));
  let watchdog = setTimeout(onSilence, timeoutMs);
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  // Raced below; when the handler wins, nobody is left to hear a later abort.
  aborted.catch(() => undefined);
  const through = batch.records[batch.records.length - 1]?.offset;
  const bounded: BatchContext = {
    signal,
    progress() {
      if (signal.aborted) return;
      clearTimeout(watchdog);
      watchdog = setTimeout(onSilence, timeoutMs);
      context.progress();
    },
    async commitIn(query, offset = through) {
      if (signal.aborted) throw new FencedError('The handler was told to stop: its work is done again elsewhere');
      await context.commitIn(query, offset);
    },
  };
  try {
    await Promise.race([settled(handler(batch, bounded)), aborted]);
  } finally {
    clearTimeout(watchdog);
    own.abort(ENDED);
  }
}

async function settled(result: unknown): Promise<void> {
  const value = await result;
  if (isObservable(value)) await lastValueFrom(value, { defaultValue: undefined });
}

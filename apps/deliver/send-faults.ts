import { ChannelError } from '@parley/connector';
import { ParleyError } from '@parley/model';
import type { LedgerRequest } from './ledger';

/** No channel takes longer, a large file included. */
const SEND_MS_MAX = 180_000;

/** A request was on its way when its process ended: it may have been taken. */
export const interrupted = (): ChannelError =>
  new ChannelError('uncertain', 'Parley stopped while this message was on its way', { code: 'interrupted' });

export const doubtOf = ({ error }: LedgerRequest): ChannelError =>
  new ChannelError('uncertain', error?.message ?? 'It is not known whether the channel took this message', {
    code: error?.code ?? 'uncertain',
  });

/** Whatever else is thrown while a request is under way says nothing about what became of it. */
export function faultOf(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  const code = error instanceof ParleyError ? error.code : 'unexpected';
  return new ChannelError('uncertain', 'Sending broke off without an answer', { code, cause: error });
}

/** A connector that does not keep to its signal is left behind: its answer counts no more. */
export async function withinTime<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const timeout = AbortSignal.timeout(SEND_MS_MAX);
  const either = AbortSignal.any([signal, timeout]);
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = () =>
      reject(
        new ChannelError('uncertain', 'The channel did not answer in time', { code: timeout.aborted ? 'timeout' : 'stopped' }),
      );
    if (either.aborted) onAbort();
    either.addEventListener('abort', onAbort, { once: true });
  });
  aborted.catch(() => undefined);
  return Promise.race([work(either), aborted]);
}

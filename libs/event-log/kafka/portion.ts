import { FencedError } from '../errors';
import { commitOffset } from '../offsets';
import type { BatchContext } from '../port';
import { unlessAborted } from '../within';
import type { Held } from './progress';

export interface Portion {
  readonly held: Held;
  /** Offset of the last record. */
  readonly last: bigint;
  /** Aborted from outside when the partition is lost or the process stops, from here when the group went on without us. */
  readonly controller: AbortController;
  readonly sessionTimeoutMs: number;
  heartbeat(): Promise<void>;
}

/** Half of the time a group waits for its members when it is shared out anew. */
const SHARED_OUT_MS_MAX = 30_000;

/** Runs the handler with one portion of a batch. @returns up to which offset it committed by itself. */
export async function handlePortion(
  portion: Portion,
  handler: (context: BatchContext) => Promise<void>,
): Promise<bigint | undefined> {
  const { held, last, controller } = portion;
  const { signal } = controller;
  let committed: bigint | undefined;
  const context: BatchContext = {
    signal,
    // The broker hears of us by a timer, whatever the handler does.
    progress: () => undefined,
    commitIn: async (query, through = last) => {
      const { topic, partition } = held.ownership;
      if (signal.aborted) throw new FencedError(`The batch of ${topic}/${partition} is no longer ours`);
      await commitOffset(query, held.ownership, through + 1n);
      committed = through;
    },
  };
  const beating = keepBeating(portion);
  try {
    await unlessAborted(signal, handler(context));
  } finally {
    clearInterval(beating);
    controller.abort(new FencedError('The batch has come to its end'));
  }
  return committed;
}

/**
 * While a handler runs nobody else tells the broker that we live. When the group is being shared out anew, the handler may
 * end if it does so in time; when we are no longer of it, it may not.
 */
function keepBeating({ heartbeat, controller, sessionTimeoutMs }: Portion): NodeJS.Timeout {
  let sharedOutSince: number | undefined;
  const onBeat = () => {
    sharedOutSince = undefined;
  };
  const onRefusal = ({ type }: { type?: string }) => {
    if (type === 'REBALANCE_IN_PROGRESS') sharedOutSince ??= performance.now();
    const late = sharedOutSince !== undefined && performance.now() - sharedOutSince > SHARED_OUT_MS_MAX;
    if (late || type === 'UNKNOWN_MEMBER_ID' || type === 'ILLEGAL_GENERATION')
      controller.abort(new FencedError('The group goes on without this member'));
  };
  return setInterval(() => void heartbeat().then(onBeat, onRefusal), sessionTimeoutMs / 4);
}

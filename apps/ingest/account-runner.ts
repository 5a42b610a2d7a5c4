import { ChannelError, type Connector, type CursorContext, type PollReceiver, type StreamReceiver } from '@parley/connector';
import { FencedError } from '@parley/event-log';
import { type Account, isTransient, type Lease } from '@parley/runtime';
import { webhookOf } from './channels';
import type { Cursors } from './cursors';
import { NoticeReading, type NoticeReadingDeps } from './notice-reading';
import { nextRoundMs, restMs } from './reading-faults';
import { Waker } from './waker';

const LEASE_MS = 20_000;
const LEASE_RETRY_MS = 4_000;
/** A mailbox may be large; a round that takes longer than this hangs. */
const ROUND_MS_MAX = 15 * 60_000;
/** For a receiver that does not keep to its signal. */
const GRACE_MS = 2_000;

export interface RunnerDeps extends NoticeReadingDeps {
  readonly cursors: Cursors;
  readonly leaseMs?: number;
  readonly leaseRetryMs?: number;
}

type ActiveReceiver = PollReceiver<any> | StreamReceiver<any>;

/** Is there anything to do for an account of this channel but to wait for its calls? */
export const needsRunner = (connector: Connector): boolean =>
  connector.receive.some((receiver) => receiver.kind !== 'webhook' || receiver.read !== undefined);

/** Reads one account, whenever no other process does: its pollers and streams, and what its notices point to. */
export class AccountRunner {
  private readonly stopping = new AbortController();
  private readonly waker = new Waker();
  private ended: Promise<void> | undefined;
  private holds = false;

  constructor(
    private readonly account: Account,
    private readonly connector: Connector,
    private readonly deps: RunnerDeps,
  ) {}

  /** It is this process that reads the account. */
  get isReading(): boolean {
    return this.holds;
  }

  start(): void {
    this.ended ??= this.run();
  }

  /** Notices came. */
  wake(): void {
    this.waker.wake();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const pause = new Waker();
    while (!signal.aborted) {
      const lease = await this.acquire();
      if (lease) await this.readUnder(lease);
      if (!signal.aborted) await pause.pause(nextRoundMs(this.deps.leaseRetryMs ?? LEASE_RETRY_MS, Math.random()), signal);
    }
  }

  private async acquire(): Promise<Lease | null> {
    try {
      return await this.deps.house.leases.acquire(`ingest/${this.account.id}`, this.deps.leaseMs ?? LEASE_MS);
    } catch (err) {
      this.deps.log.warn({ err, accountId: this.account.id }, 'The lease to read an account could not be asked for');
      return null;
    }
  }

  private async readUnder(lease: Lease): Promise<void> {
    const signal = AbortSignal.any([this.stopping.signal, lease.signal]);
    this.holds = true;
    this.deps.health.forget(this.account);
    try {
      const readings = this.connector.receive
        .filter((receiver) => receiver.kind !== 'webhook')
        .map((receiver) => this.receive(receiver, lease, signal));
      await Promise.all([...readings, this.readNotices(signal)]);
    } finally {
      this.holds = false;
      await lease
        .release()
        .catch((err) => this.deps.log.warn({ err, accountId: this.account.id }, 'A lease was not given back; it runs out'));
    }
  }

  /** Round by round; a failure rests the receiver, longer each time. Resolves once the signal is aborted. */
  private async receive(receiver: ActiveReceiver, lease: Lease, signal: AbortSignal): Promise<void> {
    const { account, deps } = this;
    const pause = new Waker();
    let failures = 0;
    while (!signal.aborted) {
      const round = new Round();
      try {
        await this.oneRound(receiver, lease, signal, round);
        if (signal.aborted) return;
        failures = 0;
        if (receiver.kind === 'poll' && !round.reported) deps.health.report(account, receiver.name, 'healthy');
        await pause.pause(
          receiver.kind === 'poll' ? nextRoundMs(receiver.intervalMs, Math.random()) : restMs(null, 1, Math.random()),
          signal,
        );
      } catch (error) {
        if (signal.aborted) return;
        failures = round.wasHealthy ? 1 : failures + 1;
        deps.log.warn({ err: error, accountId: account.id, receiver: receiver.name, failures }, 'Reading an account failed');
        if (error instanceof ChannelError || !isTransient(error)) deps.health.reportFault(account, receiver.name, error);
        await pause.pause(restMs(error, failures, Math.random()), signal);
      }
    }
  }

  private async oneRound(receiver: ActiveReceiver, lease: Lease, signal: AbortSignal, round: Round): Promise<void> {
    const limited = receiver.kind === 'poll' ? AbortSignal.any([signal, AbortSignal.timeout(ROUND_MS_MAX)]) : signal;
    const context = this.contextFor(receiver, lease, limited, round);
    const work = receiver.kind === 'poll' ? receiver.poll(context) : receiver.run(context);
    await leftBehind(work, limited);
  }

  private contextFor(receiver: ActiveReceiver, lease: Lease, signal: AbortSignal, round: Round): CursorContext<any> {
    const { account, deps } = this;
    const assertOurs = () => {
      if (signal.aborted) throw new FencedError(`This process reads ${receiver.name} of ${account.id} no longer`);
    };
    return {
      ...deps.channels.contextFor(account, signal),
      append: async (items) => {
        assertOurs();
        await deps.intake.append(account, items, receiver.kind);
      },
      appendNotices: async (notices) => {
        assertOurs();
        await deps.intake.appendNotices(account, notices);
      },
      loadCursor: () => deps.cursors.load(account, receiver.name, lease.fence),
      saveCursor: async (cursor) => {
        assertOurs();
        await deps.cursors.save(account, receiver.name, lease.fence, cursor);
      },
      reportHealth: (state, reason) => {
        if (signal.aborted) return;
        round.report(state);
        deps.health.report(account, receiver.name, state, reason ?? null);
      },
    };
  }

  private async readNotices(signal: AbortSignal): Promise<void> {
    const receiver = webhookOf(this.connector);
    if (!receiver?.read) return;
    const reading = new NoticeReading(this.account, receiver, this.deps);
    const pause = new Waker();
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        await reading.run(signal, this.waker);
      } catch (err) {
        this.deps.log.warn({ err, accountId: this.account.id }, 'Notices cannot be read at the moment');
        await pause.pause(restMs(err, Math.min(failures, 4), Math.random()), signal);
      }
    }
  }
}

/** What a receiver said of itself during one round. */
class Round {
  reported = false;
  wasHealthy = false;

  report(state: string): void {
    this.reported = true;
    this.wasHealthy ||= state === 'healthy';
  }
}

/** Work that goes on though it was told to stop is not waited for longer than a moment; what it still does is refused. */
async function leftBehind(work: Promise<void>, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let begin = () => {};
  const tooLate = new Promise<void>((resolve) => {
    begin = () => {
      timer = setTimeout(resolve, GRACE_MS);
    };
  });
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  // Left behind, it may still fail, and nobody is there to hear it.
  work.catch(() => undefined);
  try {
    await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', begin);
  }
  if (signal.aborted) throw new Error('The round was ended before it was through');
}

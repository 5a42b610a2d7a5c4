import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { House, type Lease, type Logger } from '@parley/runtime';
import { pruneWaiting, settleEchoes, Transactions, wakeSnoozed } from '../store';

const ROUND_MS = 5_000;
const LEASE = 'conversations.housekeeping';
const LEASE_MS = 30_000;
const ROWS_MAX = 200;
/** A channel tells the id of what it took within seconds; a reply in doubt longer than that is for a person to settle. */
const ECHO_WAIT_MS = 60_000;

/** What happens by the clock alone. One process of many does it. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log: Logger;
  private lease: Lease | null = null;
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly house: House,
    private readonly transactions: Transactions,
  ) {
    this.log = house.log.child({ app: 'conversations' });
  }

  onApplicationBootstrap(): void {
    this.plan();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round;
    await this.lease?.release().catch((err: unknown) => this.log.debug({ err }, 'The housekeeping lease runs out by itself'));
  }

  private plan(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.round = this.once()
        .catch((err: unknown) => this.log.warn({ err }, 'Housekeeping failed; it is tried again'))
        .finally(() => this.plan());
    }, ROUND_MS);
    this.timer.unref();
  }

  private async once(): Promise<void> {
    if (!this.lease || this.lease.signal.aborted) this.lease = await this.house.leases.acquire(LEASE, LEASE_MS);
    if (!this.lease) return;
    const before = new Date(Date.now() - ECHO_WAIT_MS);
    await this.whileFull((tx) => settleEchoes(tx, before, ROWS_MAX));
    await this.whileFull((tx) => wakeSnoozed(tx, ROWS_MAX));
    await this.whileFull((tx) => pruneWaiting(tx.client, ROWS_MAX));
  }

  private async whileFull(work: (tx: Parameters<Parameters<Transactions['run']>[1]>[0]) => Promise<number>): Promise<void> {
    while (!this.stopped && (await this.transactions.run('*', work)) >= ROWS_MAX);
  }
}

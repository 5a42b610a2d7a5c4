import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { House, type Lease, type Logger } from '@parley/runtime';
import { EVENTS_CHANNEL } from '../store';
import { relayOutbox } from './relay-outbox';

const LEASE = 'conversations.relay';
const LEASE_MS = 10_000;
/** A notice wakes it; this is for those that got lost, and for the others to see whether the leader is gone. */
const LOOK_MS = 2_000;
const RETRY_MS = 1_000;

/** Brings the events of the outbox to the topic `parley.events`, in the distributed mode; one process of many at a time. */
@Injectable()
export class EventRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log: Logger;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private unlisten: (() => Promise<void>) | undefined;
  private wake: () => void = () => undefined;
  private isWanted = false;

  constructor(private readonly house: House) {
    this.log = house.log.child({ app: 'conversations' });
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.house.config.mode !== 'distributed') return;
    this.unlisten = await this.house.database.listen(EVENTS_CHANNEL, () => {
      this.isWanted = true;
      this.wake();
    });
    this.running = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.unlisten?.();
    await this.running;
  }

  private async run(): Promise<void> {
    let lease: Lease | null = null;
    while (!this.stopping.signal.aborted) {
      try {
        if (!lease || lease.signal.aborted) lease = await this.house.leases.acquire(LEASE, LEASE_MS);
        this.isWanted = false;
        if (lease) await this.drain(lease);
        if (!this.isWanted || !lease) await this.pause(LOOK_MS);
      } catch (err) {
        this.log.warn({ err }, 'Events could not be brought to the topic; they wait in the outbox');
        await this.pause(RETRY_MS);
      }
    }
    await lease?.release().catch((err: unknown) => this.log.debug({ err }, 'The relay lease runs out by itself'));
  }

  private async drain(lease: Lease): Promise<void> {
    const { database, eventLog } = this.house;
    while (!this.stopping.signal.aborted && !lease.signal.aborted) if (!(await relayOutbox(database, eventLog))) return;
  }

  private pause(ms: number): Promise<void> {
    if (this.stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

import type { EventType } from '@parley/model';
import type { Config, Database } from '@parley/runtime';
import type { PoolClient } from 'pg';
import { appendEvents, EVENTS_CHANNEL, type EventDraft, eventNotices, type PendingEvent, writeEvent } from './event-stream';

import { inOrder } from './in-order';

/** A transaction whose events are written with it, and told about after it. */
export interface Transaction {
  readonly client: PoolClient;
  /** Notes an event; its data is taken as it is now. It gets its position at the end of the transaction. */
  emit<T extends EventType>(draft: EventDraft<T>): void;
  /** What was asked of the client and has to succeed before the commit, though nobody waits for its answer here. */
  settle(asked: Promise<unknown>): void;
  /** NOTIFY after the commit (and not at all after a rollback). E.g. `parley_accounts` with the account id. */
  announce(channel: string, payload: string): void;
}

const ATTEMPTS_MAX = 3;
/** deadlock_detected, serialization_failure, unique_violation (two made the same row at the same moment). */
const LOST_RACES = new Set(['40P01', '40001', '23505']);

/** Runs work in transactions. A lost race runs the work again, up to 3 times: it must not do anything but through `client`. */
export class Transactions {
  constructor(
    private readonly database: Database,
    private readonly config: Pick<Config, 'mode' | 'publicUrl'>,
  ) {}

  async run<T>(merchantId: string | '*', work: (tx: Transaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(merchantId, work);
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || !LOST_RACES.has((error as { code?: string }).code ?? '')) throw error;
      }
    }
  }

  private async once<T>(merchantId: string | '*', work: (tx: Transaction) => Promise<T>): Promise<T> {
    const events: PendingEvent[] = [];
    const notices: { channel: string; payload: string }[] = [];
    const result = await this.database.transaction(merchantId, async (client) => {
      const asked: Promise<unknown>[] = [];
      const done = await work({
        client,
        emit: (draft) => void events.push(writeEvent(draft, this.config.publicUrl)),
        settle: (promise) => {
          promise.catch(() => undefined);
          asked.push(promise);
        },
        announce: (channel, payload) => void notices.push({ channel, payload }),
      });
      const appended = appendEvents(client, events, this.config.mode === 'distributed');
      const merchants = (await inOrder<unknown[]>([...asked, appended])).at(-1) as string[];
      for (const payload of eventNotices(merchants)) notices.push({ channel: EVENTS_CHANNEL, payload });
      return done;
    });
    // It is committed: a listener that misses the notice was cut off as well, and looks for itself when it is back.
    for (const { channel, payload } of notices) await this.database.notify(channel, payload).catch(() => undefined);
    return result;
  }
}

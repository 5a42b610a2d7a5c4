import type { BatchContext, EntryBatch } from '@parley/event-log';
import { isDatabaseUnavailable } from '@parley/runtime';
import { storeEntries, type Transactions, type ViewTopic } from '../store';

interface Portion {
  readonly batch: EntryBatch<ViewTopic>;
  readonly context: BatchContext;
  resolve(): void;
  reject(error: unknown): void;
}

/** Messages before what is said about them: a translation that comes first has to wait for its message in a table. */
const ORDER: readonly ViewTopic[] = [
  'inbound.message',
  'outbound.message',
  'inbound.translated',
  'outbound.translated',
  'outbound.delivery',
];
const RECORDS_MAX = 1_000;

/**
 * Batches of several partitions become one transaction: they concern the same accounts and the same event stream, so side by
 * side they would wait for each other's locks anyway, and each would pay for its own round trips. One is stored at a time;
 * what comes meanwhile goes together into the next. If that fails, each is tried by itself, and only those fail that fail alone.
 */
export class Lane {
  private waiting: Portion[] = [];
  private running = false;

  constructor(private readonly transactions: Transactions) {}

  /** Resolves once effect and progress of this batch are committed. */
  take(batch: EntryBatch<ViewTopic>, context: BatchContext): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ batch, context, resolve, reject });
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) {
      // Partitions that were just told bring their next batch; others are read in the same turn.
      await new Promise((resolve) => setImmediate(resolve));
      await this.together(this.next());
    }
    this.running = false;
  }

  /** As many whole batches as one transaction takes; at least one. */
  private next(): Portion[] {
    this.waiting.sort((a, b) => ORDER.indexOf(a.batch.topic) - ORDER.indexOf(b.batch.topic));
    let records = 0;
    const over = this.waiting.findIndex(({ batch }, index) => {
      records += batch.records.length;
      return index > 0 && records > RECORDS_MAX;
    });
    return this.waiting.splice(0, over === -1 ? this.waiting.length : over);
  }

  private async together(portions: readonly Portion[]): Promise<void> {
    try {
      await this.store(portions);
      for (const portion of portions) portion.resolve();
    } catch (error) {
      if (portions.length > 1 && !isDatabaseUnavailable(error)) for (const portion of portions) await this.together([portion]);
      else for (const portion of portions) portion.reject(error);
    }
  }

  private store(portions: readonly Portion[]): Promise<void> {
    return this.transactions.run('*', async (tx) => {
      const batches = portions.map(({ batch }) => ({ topic: batch.topic, entries: batch.records.map(({ entry }) => entry) }));
      await storeEntries(tx, batches);
      const commit = (sql: string, params: readonly unknown[]) =>
        tx.client.query({ name: 'progress-commit', text: sql, values: [...params] });
      for (const { context } of portions) tx.settle(context.commitIn(commit));
    });
  }
}

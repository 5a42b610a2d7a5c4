import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { type BatchContext, type EntryBatch, type EntryRecord, inTrace, traceOf } from '@parley/event-log';
import { type DeadLetter, deadLetterId, encodeEntry } from '@parley/model';
import { House, rememberTrace, stepSignals } from '@parley/runtime';
import { Counter } from 'prom-client';
import { Normalizer, UnreadableItemError } from './normalizer';
import { OrderedAppend } from './ordered-append';
import { NORMALIZE } from './transport';

type RawRecord = EntryRecord<'inbound.raw'>;

/** Threads of a batch that are understood side by side. */
const AT_ONCE_MAX = 64;
/** Files take their time; the group must not take us for dead meanwhile. Each single step has its limit. */
const PROGRESS_MS = 10_000;

@Controller()
export class RawController {
  private readonly understood: Counter;

  constructor(
    private readonly house: House,
    private readonly normalizer: Normalizer,
  ) {
    this.understood = new Counter({
      name: 'parley_normalize_items_total',
      help: 'Raw items, by channel and what became of them',
      labelNames: ['channel', 'end'],
      registers: [house.metrics],
    });
  }

  @EventPattern('inbound.raw', NORMALIZE, { extras: { maxRecords: 500 } })
  async onRaw(batch: EntryBatch<'inbound.raw'>, context: BatchContext): Promise<void> {
    const append = new OrderedAppend(this.house.eventLog);
    const threads = byKey(batch.records);
    const progress = setInterval(() => context.progress(), PROGRESS_MS);
    try {
      await atOnce(threads, AT_ONCE_MAX, (records) => this.understand(batch.partition, records, append, context.signal));
    } finally {
      clearInterval(progress);
    }
  }

  /** Records of one key, one after the other: what a conversation says stays in its order. */
  private async understand(
    partition: number,
    records: readonly RawRecord[],
    append: OrderedAppend,
    signal: AbortSignal,
  ): Promise<void> {
    const appended: Promise<void>[] = [];
    try {
      for (const record of records) {
        signal.throwIfAborted();
        const added = append.add(await inTrace(record.headers, () => this.outcomesOf(partition, record, signal)));
        // Awaited below; a failure must not go unheard until then.
        added.catch(() => undefined);
        appended.push(added);
      }
    } finally {
      await Promise.all(appended);
    }
  }

  private async outcomesOf(partition: number, record: RawRecord, signal: AbortSignal) {
    const { channel, accountId, id } = record.entry;
    try {
      const outcomes = await this.normalizer.outcomesOf(record.entry, signal);
      this.understood.inc({ channel, end: 'understood' });
      const headers = traceOf(record.headers);
      if (!headers) return outcomes;
      for (const { topic, key } of outcomes) if (topic === 'inbound.message') await rememberTrace(this.house, key);
      return outcomes.map((outcome) => ({ ...outcome, headers }));
    } catch (error) {
      if (!(error instanceof UnreadableItemError)) throw error;
      this.understood.inc({ channel, end: 'parked' });
      stepSignals(this.house.metrics).failed('normalize', accountId, 'parked');
      const letter = deadLetterOf(partition, record, error);
      this.house.log.warn({ accountId, channel, rawId: id, deadLetterId: letter.id, code: error.code }, 'An item was parked');
      return [{ topic: 'dead.letter' as const, key: accountId, entry: letter }];
    }
  }
}

function byKey(records: readonly RawRecord[]): RawRecord[][] {
  const threads = new Map<string, RawRecord[]>();
  for (const record of records) {
    const thread = threads.get(record.key);
    if (thread) thread.push(record);
    else threads.set(record.key, [record]);
  }
  return [...threads.values()];
}

/** The same record parked again is the same dead letter; replayed, it is another record. */
function deadLetterOf(partition: number, record: RawRecord, error: UnreadableItemError): DeadLetter {
  const { entry, offset, key, headers, appendedAt } = record;
  return {
    id: deadLetterId('normalize', entry.id, String(partition), String(offset), String(appendedAt)),
    merchantId: entry.merchantId,
    accountId: entry.accountId,
    topic: 'inbound.raw',
    partition,
    offset: String(offset),
    key,
    headers: { ...headers },
    value: Buffer.from(encodeEntry('inbound.raw', entry)).toString('base64'),
    app: 'normalize',
    reason: `${error.code}: ${error.message}`.toWellFormed(),
    at: new Date().toISOString(),
  };
}

/** Begins no more after a failure, but waits for what was begun: nothing of this batch is left when it comes again. */
async function atOnce<T>(items: readonly T[], max: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const failures: unknown[] = [];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined && failures.length === 0; item = queue.shift()) {
      await work(item).catch((error) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(max, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}

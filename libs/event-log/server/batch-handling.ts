import { setTimeout as pause } from 'node:timers/promises';
import { type DeadLetter, decodeEntry, type Topic } from '@parley/model';
import { appendEntries, type EntryBatch, type EntryRecord } from '../entries';
import { FencedError } from '../errors';
import { DEAD_LETTERS } from '../limits';
import type { LogLogger } from '../log-database';
import type { Batch, BatchContext, EventLog, StoredRecord } from '../port';
import { RecordSpans } from '../tracing';
import { attempt, type Handler } from './attempt';
import { deadLetterFor } from './dead-letter';
import { backoff, patience, type RetryPolicy } from './retry';

/** What an observer of the handling may count. Called synchronously; must not throw. */
export interface HandlingHooks {
  handled?(topic: string, records: number, durationMs: number, understood: readonly EntryRecord<any>[]): void;
  retried?(topic: string, transient: boolean): void;
  deadLettered?(topic: string, reason: 'undecodable' | 'failed', accountId: string | null): void;
}

export interface HandlingOptions {
  readonly log: EventLog;
  readonly app: string;
  readonly logger: LogLogger;
  /** Is what the handler needs away, so that waiting helps? Then the batch waits without end and nothing is given up. */
  isTransient(error: unknown): boolean;
  readonly hooks?: HandlingHooks;
  readonly retry?: RetryPolicy;
  /** How long a handler may be silent; `progress()` counts as a word. */
  readonly handlerTimeoutMs?: number;
  /** Aborted when the process stops: waits between tries end, the batch comes again elsewhere. */
  readonly stopping: AbortSignal;
}

export interface HandledTopic {
  readonly topic: Topic;
  readonly handler: Handler;
  readonly maxRecords: number;
}

const HANDLER_TIMEOUT_MS = 60_000;

/**
 * Brings one batch to its end: every record is handled, or dead-lettered with its bytes and the reason. Order is kept: a
 * record is tried only when all before it have come to their end. Throws only when the batch is to come again.
 */
export class BatchHandling {
  private readonly retry: RetryPolicy;
  private readonly handlerTimeoutMs: number;

  constructor(private readonly options: HandlingOptions) {
    this.retry = options.retry ?? backoff;
    this.handlerTimeoutMs = options.handlerTimeoutMs ?? HANDLER_TIMEOUT_MS;
  }

  async handle(target: HandledTopic, batch: Batch, context: BatchContext): Promise<void> {
    const startedAt = performance.now();
    const spans = new RecordSpans(this.options.app, batch);
    const run: Run = { target, batch, context, spans };
    try {
      const records = await this.decode(run);
      for (let from = 0; from < records.length; from += target.maxRecords) {
        const chunk = records.slice(from, from + target.maxRecords);
        if (!(await this.tryOften(run, chunk))) await this.bisect(run, chunk);
      }
      spans.end();
      this.options.hooks?.handled?.(
        batch.topic,
        batch.records.length,
        performance.now() - startedAt,
        records.map(({ record }) => record),
      );
    } catch (error) {
      spans.end(error);
      throw error;
    }
  }

  /** Undecodable records are put aside before their neighbours are handled, because those may commit past them. */
  private async decode(run: Run): Promise<Decoded[]> {
    const { batch, target, spans } = run;
    const decoded: Decoded[] = [];
    for (const stored of batch.records) {
      try {
        const { offset, key, appendedAt } = stored;
        const entry = decodeEntry(target.topic, stored.value);
        const headers = spans.begin(stored, entry);
        decoded.push({ stored, record: { offset, key, appendedAt, headers, entry } });
      } catch (error) {
        await this.deadLetter(run, stored, error, 'undecodable');
      }
    }
    return decoded;
  }

  /** True when handled; false when given up. */
  private async tryOften(run: Run, records: readonly Decoded[]): Promise<boolean> {
    const { batch, context } = run;
    for (let failures = 1; ; failures++) {
      const error = await this.tryOnce(run, records);
      if (error === undefined) return true;
      const next = this.retry(failures);
      if (next === 'give up') return false;
      this.options.logger.warn({ err: error, ...placeOf(batch, records), failures }, 'A handler failed; it is tried again');
      this.options.hooks?.retried?.(batch.topic, false);
      run.spans.retried(offsetsOf(records), error);
      await this.wait(next.delayMs, context);
    }
  }

  /** Halves what failed until single records are left; those that fail alone are dead-lettered. */
  private async bisect(run: Run, records: readonly Decoded[]): Promise<void> {
    if (records.length > 1) {
      const middle = records.length >> 1;
      for (const half of [records.slice(0, middle), records.slice(middle)]) {
        if ((await this.tryOnce(run, half)) !== undefined) await this.bisect(run, half);
      }
      return;
    }
    const [last] = records;
    if (!last) return;
    const error = await this.tryOnce(run, records);
    if (error !== undefined) await this.deadLetter(run, last.stored, error, 'failed');
  }

  /** Waits out whatever is transient. @returns the error that is the handler's own, undefined when it succeeded. */
  private async tryOnce({ target, batch, context, spans }: Run, records: readonly Decoded[]): Promise<unknown> {
    const entries: EntryBatch<any> = {
      topic: batch.topic as Topic,
      partition: batch.partition,
      records: records.map(({ record }) => record),
    };
    for (let failures = 1; ; failures++) {
      this.throwIfOver(context);
      try {
        await attempt(target.handler, entries, context, this.handlerTimeoutMs);
        return undefined;
      } catch (error) {
        this.throwIfOver(context);
        // Fenced though the partition is still ours: only the log can tell, by giving the batch again.
        if (error instanceof FencedError) throw error;
        if (!this.options.isTransient(error)) return error ?? new Error('The handler threw nothing');
        this.options.logger.warn(
          { err: error, ...placeOf(batch, records), failures },
          'Something a handler needs is away; its batch waits',
        );
        this.options.hooks?.retried?.(batch.topic, true);
        spans.retried(offsetsOf(records), error);
        await this.wait(delayOf(patience, failures), context);
      }
    }
  }

  private async deadLetter(
    { batch, context, spans }: Run,
    stored: StoredRecord,
    error: unknown,
    kind: 'undecodable' | 'failed',
  ): Promise<void> {
    const place = { topic: batch.topic, partition: batch.partition, app: this.options.app };
    spans.failed(stored.offset, error);
    // A dead letter of a dead letter would go round for ever. Nothing is lost: the topic is kept, and this names the place.
    if (batch.topic === DEAD_LETTERS) {
      this.options.hooks?.deadLettered?.(batch.topic, kind, null);
      this.options.logger.error(
        { err: error, ...place, offset: stored.offset },
        'A dead letter could not be handled; passed over',
      );
      return;
    }
    const entry: DeadLetter = deadLetterFor(place, stored, error, Date.now());
    this.options.hooks?.deadLettered?.(batch.topic, kind, entry.accountId);
    for (let failures = 1; ; failures++) {
      this.throwIfOver(context);
      try {
        await appendEntries(this.options.log, DEAD_LETTERS, [{ key: entry.accountId ?? stored.key, entry }]);
        break;
      } catch (appendError) {
        this.options.logger.warn({ err: appendError, ...place, failures }, 'The log did not take a dead letter; trying again');
        await this.wait(delayOf(patience, failures), context);
      }
    }
    this.options.logger.error(
      { err: error, deadLetterId: entry.id, ...place, offset: stored.offset },
      kind === 'failed'
        ? 'A record was given up after a handler failed on it'
        : 'A record that is no entry of its topic was put aside',
    );
  }

  /** Between tries the group must not take us for dead. */
  private async wait(delayMs: number, context: BatchContext): Promise<void> {
    const signal = AbortSignal.any([context.signal, this.options.stopping]);
    await pause(delayMs, undefined, { signal }).catch(() => undefined);
    this.throwIfOver(context);
    context.progress();
  }

  private throwIfOver(context: BatchContext): void {
    if (context.signal.aborted) throw new FencedError('The partition was lost or the process stops; the batch comes again');
    if (this.options.stopping.aborted) throw new FencedError('The process stops; the batch comes again');
  }
}

/** One batch on its way to its end. */
interface Run {
  readonly target: HandledTopic;
  readonly batch: Batch;
  readonly context: BatchContext;
  readonly spans: RecordSpans;
}

interface Decoded {
  readonly stored: StoredRecord;
  readonly record: EntryRecord<any>;
}

function delayOf(policy: RetryPolicy, failures: number): number {
  const next = policy(failures);
  return next === 'give up' ? 1_000 : next.delayMs;
}

const offsetsOf = (records: readonly Decoded[]): bigint[] => records.map(({ stored }) => stored.offset);

const placeOf = (batch: Batch, records: readonly Decoded[]) => ({
  topic: batch.topic,
  partition: batch.partition,
  firstOffset: records[0]?.stored.offset,
  records: records.length,
});

import { setTimeout as pause } from 'node:timers/promises';
import { FencedError } from '../errors';
import { type LogDatabase, type LogLogger, PIPELINE } from '../log-database';
import { commitLooseOffset, commitOffset, type Ownership } from '../offsets';
import type { Batch, BatchContext, ConsumeOptions, StoredRecord } from '../port';
import type { Slots } from '../slots';
import { unlessAborted } from '../within';
import type { Tail } from './tail';
import type { Wakeups } from './wakeups';

export interface ReaderTools {
  readonly database: LogDatabase;
  readonly logger: LogLogger;
  readonly tail: Tail;
  readonly wakeups: Wakeups;
  readonly slots: Slots;
  /** Called after each read that got an answer. */
  onRead(): void;
}

const RETRY_MS_FIRST = 50;
const RETRY_MS_MAX = 5_000;

const ENDED = new FencedError('The batch has come to its end');

/** At least one record, however large it is. */
const READ = {
  name: 'parley_log_read',
  text: `
SELECT "offset", key, value, headers, (extract(epoch FROM appended_at) * 1000)::bigint AS appended_at FROM (
  SELECT *, sum(octet_length(value) + octet_length(key)) OVER (ORDER BY "offset") - octet_length(value) - octet_length(key) AS bytes_before
  FROM (
    SELECT * FROM log.records WHERE partition_id = $1 AND "offset" >= $2 ORDER BY "offset" LIMIT $3
  ) AS next
) AS measured
WHERE bytes_before < $4 OR bytes_before IS NULL
ORDER BY "offset"`,
};

/**
 * Reads one partition for one group, for as long as this member owns it. One batch at a time: the next is read only when
 * the one before is handled and its progress stored.
 */
export class PartitionReader {
  /** Resolves when the last handler has ended. */
  readonly ended: Promise<void>;
  private readonly halt = new AbortController();
  /** Of the batch that is being handled. */
  private running: AbortController | undefined;
  private lost = false;
  private stirred = true;
  private stir: () => void = () => undefined;

  constructor(
    readonly partitionId: number,
    readonly held: Ownership,
    private nextOffset: bigint,
    private readonly options: ConsumeOptions,
    private readonly tools: ReaderTools,
  ) {
    tools.tail.watch(partitionId);
    const unregister = tools.wakeups.onRecords(partitionId, () => this.wake());
    this.ended = this.run().finally(() => {
      unregister();
      tools.tail.unwatch(partitionId);
    });
  }

  /** There may be something to read. */
  wake(): void {
    this.stirred = true;
    this.stir();
  }

  /** From a poll: what is the next offset of the partition? */
  headIs(nextOffset: bigint): void {
    if (nextOffset > this.nextOffset) this.wake();
  }

  /** Takes no further batch; the running one goes on. */
  stop(): void {
    this.halt.abort();
    this.wake();
  }

  /** The running handler is told to end; nothing it does from now on can be committed. */
  abort(reason: string): void {
    this.lost = true;
    this.running?.abort(new FencedError(reason));
    this.stop();
  }

  private get stopping(): boolean {
    return this.halt.signal.aborted;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping) {
      this.stirred = false;
      try {
        const found = await this.tools.slots.use(() => this.step());
        failures = 0;
        if (!found) await this.untilStirred();
      } catch (err) {
        failures += 1;
        await this.recover(err, failures);
      }
    }
  }

  /** @returns false when there was nothing to read. */
  private async step(): Promise<boolean> {
    if (this.stopping) return false;
    const records = await this.read();
    const last = records.at(-1);
    if (!last || this.stopping) return false;
    await this.handle({ topic: this.held.topic, partition: this.held.partition, records }, last.offset);
    this.nextOffset = last.offset + 1n;
    return true;
  }

  private async read(): Promise<StoredRecord[]> {
    const { maxRecords, maxBytes } = this.options;
    const fresh = this.tools.tail.read(this.partitionId, this.nextOffset, maxRecords, maxBytes);
    if (fresh.length > 0) return fresh;
    const values = [this.partitionId, String(this.nextOffset), maxRecords, maxBytes];
    const { rows }: { rows: Row[] } = await this.tools.database.query(PIPELINE, READ, values);
    this.tools.onRead();
    return rows.map(recordOf);
  }

  private async handle(batch: Batch, lastOffset: bigint): Promise<void> {
    let committed: bigint | undefined;
    const controller = new AbortController();
    const { signal } = controller;
    const context: BatchContext = {
      signal,
      // The member's own signs of life do not depend on handlers.
      progress: () => undefined,
      commitIn: async (query, through = lastOffset) => {
        if (signal.aborted) throw new FencedError(`The batch of ${batch.topic}/${batch.partition} is no longer ours`);
        await commitOffset(query, this.held, through + 1n);
        committed = through;
      },
    };
    this.running = controller;
    if (this.lost) controller.abort(new FencedError('The partition was lost'));
    try {
      await unlessAborted(signal, this.options.handler(batch, context));
      if (committed !== lastOffset) await this.commit(lastOffset);
    } finally {
      this.running = undefined;
      controller.abort(ENDED);
    }
  }

  /** Nothing of value is lost with a commit that a crash undoes: the batch comes again. */
  private async commit(lastOffset: bigint): Promise<void> {
    await commitLooseOffset(
      (statement, params) => this.tools.database.query(PIPELINE, statement, params),
      this.held,
      lastOffset + 1n,
    );
  }

  /** After a failure only the stored progress counts: the handler may have committed before it threw. */
  private async recover(err: unknown, failures: number): Promise<void> {
    if (this.lost) return;
    const { group, topic, partition } = this.held;
    if (!this.stopping)
      this.tools.logger.warn({ err, group, topic, partition, failures }, 'A batch was not handled; it comes again');
    const delayMs = Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** Math.min(failures - 1, 10));
    await pause(delayMs, undefined, { signal: this.halt.signal }).catch(() => undefined);
    if (this.stopping) return;
    try {
      const stored = await this.storedOffset();
      if (stored === undefined) this.abort('another member owns the partition');
      else this.nextOffset = stored;
    } catch (err) {
      this.tools.logger.debug({ err, group, topic, partition }, 'Progress could not be read; trying again');
    }
  }

  private async storedOffset(): Promise<bigint | undefined> {
    const { group, topic, partition, owner, generation } = this.held;
    const { rows } = await this.tools.database.query(
      PIPELINE,
      `SELECT next_offset FROM log.offsets
       WHERE group_name = $1 AND topic = $2 AND partition = $3 AND owner = $4 AND generation = $5`,
      [group, topic, partition, owner, String(generation)],
    );
    const row = rows[0] as { next_offset: string } | undefined;
    return row && BigInt(row.next_offset);
  }

  private async untilStirred(): Promise<void> {
    if (this.stirred || this.stopping) return;
    await new Promise<void>((resolve) => {
      this.stir = resolve;
    });
  }
}

interface Row {
  readonly offset: string;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Record<string, string> | null;
  readonly appended_at: string;
}

const recordOf = (row: Row): StoredRecord => ({
  offset: BigInt(row.offset),
  key: row.key.toString('utf8'),
  value: row.value,
  headers: row.headers ?? {},
  appendedAt: Number(row.appended_at),
});

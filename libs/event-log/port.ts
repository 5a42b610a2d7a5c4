/**
 * The event log: what Parley means by "it is stored". Two adapters keep these promises, `embedded` (the same Postgres)
 * and `kafka`; one contract test holds both to them.
 *
 * - `append` resolves when the records are durable, in order per key.
 * - Records with one key land in one partition; a partition is read in offset order by one member of a group at a time.
 * - A handler that throws has not handled: its batch comes again, and nothing behind it in the partition goes ahead.
 */
export interface EventLog {
  /** Creates what is missing; never changes partitions of a topic that exists. Safe to call from many processes. */
  ensureTopics(topics: readonly TopicConfig[]): Promise<void>;
  /** Resolves once all records are durable. Rejects with `LogUnavailableError` when it is unknown whether they are. */
  append(topic: string, records: readonly LogRecord[]): Promise<void>;
  consume(options: ConsumeOptions): Promise<Subscription>;
  /** Records appended and not yet handled by the group, per topic. */
  lag(group: string): Promise<Record<string, number>>;
  /** When the log took the oldest record the group has not handled, milliseconds since the epoch; without topics where there is none. */
  oldest(group: string): Promise<Record<string, number>>;
  /** What a topic holds, for each of its partitions by number. */
  extent(topic: string): Promise<readonly PartitionExtent[]>;
  health(): LogHealth;
  /** Stops taking new work, waits for running handlers up to the deadline, then lets go of everything. */
  close(deadlineMs: number): Promise<void>;
}

export interface PartitionExtent {
  readonly partition: number;
  /** The oldest record that is kept; all before it were dropped. Equal to `next` where there is none. */
  readonly first: bigint;
  /** Where the next record will go. */
  readonly next: bigint;
}

export interface TopicConfig {
  readonly name: string;
  readonly partitions: number;
  /** Records older than this may be dropped; undefined: kept for ever. */
  readonly retentionMs?: number;
}

export interface LogRecord {
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StoredRecord extends LogRecord {
  readonly offset: bigint;
  /** When the log took it, milliseconds since the epoch. */
  readonly appendedAt: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Consecutive records of one partition, oldest first; never empty. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly StoredRecord[];
}

/** Runs SQL on the transaction that carries the handler's effect, and passes on what pg (or TypeORM) answers. */
export type TransactionQuery = (sql: string, params: readonly unknown[]) => Promise<unknown>;

export interface BatchContext {
  /** Aborted when the member lost the partition or the process stops: finish nothing new, throw. */
  readonly signal: AbortSignal;
  /** Call during long work, so that the group does not take the member for dead. */
  progress(): void;
  /**
   * Stores "handled up to the end of this batch" in the handler's own Postgres transaction, so that effect and progress
   * commit together. Throws `FencedError` when another member owns the partition by now: roll back.
   * Handlers whose effect is not in Postgres leave it; the log then commits after the handler returned.
   * The transaction must be the pipeline's (scope `*`). `through`: only up to this offset, which is one of the batch.
   */
  commitIn(query: TransactionQuery, through?: bigint): Promise<void>;
}

export interface ConsumeOptions {
  readonly topics: readonly string[];
  readonly group: string;
  readonly maxRecords: number;
  readonly maxBytes: number;
  handler(batch: Batch, context: BatchContext): Promise<void>;
}

export interface Subscription {
  /** Stops this subscription; waits for running handlers up to the deadline. */
  stop(deadlineMs: number): Promise<void>;
}

export interface LogHealth {
  readonly state: 'running' | 'rebalancing' | 'stopped' | 'dead';
  /** Milliseconds since the epoch of the last successful poll or heartbeat; 0: none yet. */
  readonly lastPollAt: number;
  /** Partitions this process reads now, over all groups. */
  readonly assigned: number;
  /** Records handed to `append` and not written yet. */
  readonly appending: number;
  readonly error?: string;
}

import type {
  Batch,
  BatchContext,
  ConsumeOptions,
  EventLog,
  LogHealth,
  LogRecord,
  PartitionExtent,
  StoredRecord,
  Subscription,
  TopicConfig,
} from '../port';

/** For specs of what stands on the log: keeps what was appended, and hands batches to the one consumer when told to. */
export class MemoryLog implements EventLog {
  readonly appended: { topic: string; record: LogRecord }[] = [];
  consumer: ConsumeOptions | undefined;
  /** Thrown by the next appends. */
  readonly appendErrors: Error[] = [];
  readonly committed: bigint[] = [];
  stoppedWithin: number | undefined;

  async ensureTopics(_topics: readonly TopicConfig[]): Promise<void> {}

  async append(topic: string, records: readonly LogRecord[]): Promise<void> {
    const error = this.appendErrors.shift();
    if (error) throw error;
    this.appended.push(...records.map((record) => ({ topic, record })));
  }

  async consume(options: ConsumeOptions): Promise<Subscription> {
    this.consumer = options;
    return {
      stop: async (deadlineMs) => {
        this.stoppedWithin = deadlineMs;
      },
    };
  }

  async lag(): Promise<Record<string, number>> {
    return {};
  }

  async oldest(): Promise<Record<string, number>> {
    return {};
  }

  async extent(topic: string): Promise<readonly PartitionExtent[]> {
    const next = BigInt(this.appended.filter((one) => one.topic === topic).length);
    return [{ partition: 0, first: 0n, next }];
  }

  health(): LogHealth {
    return { state: 'running', lastPollAt: Date.now(), assigned: 0, appending: 0 };
  }

  async close(): Promise<void> {}

  /** Gives one batch to the consumer. @returns the context, to abort it. */
  async deliver(batch: Batch, signal: AbortSignal = new AbortController().signal): Promise<void> {
    const last = batch.records.at(-1)?.offset;
    const context: BatchContext = {
      signal,
      progress: () => undefined,
      commitIn: async (_query, through = last) => {
        this.committed.push(through as bigint);
      },
    };
    await this.consumer?.handler(batch, context);
  }
}

export const storedRecords = (values: readonly (string | Uint8Array)[]): StoredRecord[] =>
  values.map((value, at) => ({
    offset: BigInt(at),
    key: `key-${at}`,
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers: {},
    appendedAt: 1_700_000_000_000 + at,
  }));

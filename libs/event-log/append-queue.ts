import { LogUnavailableError, RecordRefusedError } from './errors';
import { bytesOf } from './limits';
import type { LogRecord } from './port';

/** One call of `append`, kept whole. */
export interface Append {
  readonly topic: string;
  readonly records: readonly LogRecord[];
}

interface Waiting extends Append {
  readonly bytes: number;
  readonly dueAt: number;
  settled: boolean;
  resolve(): void;
  reject(error: Error): void;
}

export interface AppendQueueOptions {
  /** Stores all of them, in order, or throws. Called one at a time. */
  write(appends: readonly Append[]): Promise<void>;
  readonly timeoutMs: number;
}

const BATCH_RECORDS_MAX = 1_000;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;
/** More than this waiting means that the log does not keep up; then it is better to say so than to grow. */
const QUEUE_RECORDS_MAX = 20_000;
const QUEUE_BYTES_MAX = 64 * 1024 * 1024;
const SWEEP_MS = 200;

/**
 * Group commit: one write at a time, and all that is appended meanwhile goes together into the next. An append that is not
 * answered in time is rejected, whether it still waits or is being written.
 */
export class AppendQueue {
  private waiting: Waiting[] = [];
  private writing: Waiting[] = [];
  private records = 0;
  private bytes = 0;
  private running: Promise<void> | undefined;
  private sweeper: NodeJS.Timeout | undefined;

  constructor(private readonly options: AppendQueueOptions) {}

  add(topic: string, records: readonly LogRecord[]): Promise<void> {
    const bytes = records.reduce((sum, record) => sum + bytesOf(record), 0);
    if (this.records > 0 && (this.records + records.length > QUEUE_RECORDS_MAX || this.bytes + bytes > QUEUE_BYTES_MAX))
      return Promise.reject(new LogUnavailableError('The log does not keep up with what is appended'));
    return new Promise((resolve, reject) => {
      this.waiting.push({
        topic,
        records,
        bytes,
        dueAt: performance.now() + this.options.timeoutMs,
        settled: false,
        resolve,
        reject,
      });
      this.records += records.length;
      this.bytes += bytes;
      this.sweeper ??= setInterval(() => this.sweep(), SWEEP_MS);
      this.running ??= this.run();
    });
  }

  /** Records not written yet. */
  get size(): number {
    return this.records + this.writing.reduce((sum, append) => sum + append.records.length, 0);
  }

  /** Resolves when all that was added is written or rejected. */
  async drained(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    // What is appended in the same moment goes along.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      this.writing = this.take();
      try {
        await this.options.write(this.writing);
        for (const append of this.writing) settle(append, undefined);
      } catch (cause) {
        const error =
          cause instanceof LogUnavailableError || cause instanceof RecordRefusedError
            ? cause
            : new LogUnavailableError('The log did not take the records', { cause });
        for (const append of this.writing) settle(append, error);
      }
      this.writing = [];
    }
    clearInterval(this.sweeper);
    this.sweeper = undefined;
    this.running = undefined;
  }

  /** As many whole appends as one write takes; at least one. */
  private take(): Waiting[] {
    let records = 0;
    let bytes = 0;
    let count = 0;
    for (const append of this.waiting) {
      if (count > 0 && (records + append.records.length > BATCH_RECORDS_MAX || bytes + append.bytes > BATCH_BYTES_MAX)) break;
      records += append.records.length;
      bytes += append.bytes;
      count += 1;
    }
    this.records -= records;
    this.bytes -= bytes;
    return this.waiting.splice(0, count);
  }

  private sweep(): void {
    const now = performance.now();
    const late = (append: Waiting) => append.dueAt <= now;
    for (const append of this.writing.filter(late)) settle(append, new LogUnavailableError('The log did not answer in time'));
    if (!this.waiting.some(late)) return;
    const kept: Waiting[] = [];
    for (const append of this.waiting) {
      if (!late(append)) {
        kept.push(append);
        continue;
      }
      this.records -= append.records.length;
      this.bytes -= append.bytes;
      settle(append, new LogUnavailableError('The log was busy or away for too long'));
    }
    this.waiting = kept;
  }
}

function settle(append: Waiting, error: Error | undefined): void {
  if (append.settled) return;
  append.settled = true;
  if (error) append.reject(error);
  else append.resolve();
}

import { type EntryOf, encodeEntry, type Topic } from '@parley/model';
import type { EventLog } from './port';
import { traceHeaders } from './tracing';

/** One record of a topic, understood. */
export interface EntryRecord<T extends Topic> {
  readonly offset: bigint;
  readonly key: string;
  /** When the log took it, milliseconds since the epoch. */
  readonly appendedAt: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly entry: EntryOf<T>;
}

/** What an `@EventPattern` handler gets: records of one partition, oldest first, never empty. */
export interface EntryBatch<T extends Topic> {
  readonly topic: T;
  readonly partition: number;
  readonly records: readonly EntryRecord<T>[];
}

export interface NewEntry<T extends Topic> {
  readonly key: string;
  readonly entry: EntryOf<T>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Of what is appended at once in one trace, so many carry it on: a trace is an example, not an account of everything. */
const TRACED_MAX = 32;

/** Resolves once the log has all of them. @throws LogUnavailableError when that is not known: append them again. */
export async function appendEntries<T extends Topic>(log: EventLog, topic: T, entries: readonly NewEntry<T>[]): Promise<void> {
  if (entries.length === 0) return;
  const traced = traceHeaders();
  await log.append(
    topic,
    entries.map(({ key, entry, headers: own }, index) => {
      const headers = traced === undefined || index >= TRACED_MAX ? own : { ...traced, ...own };
      return { key, value: encodeEntry(topic, entry), ...(headers ? { headers } : {}) };
    }),
  );
}

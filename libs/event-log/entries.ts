import { type EntryOf, encodeEntry, type Topic } from '@parley/model';
import type { EventLog } from './port';

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

/** Resolves once the log has all of them. @throws LogUnavailableError when that is not known: append them again. */
export async function appendEntries<T extends Topic>(log: EventLog, topic: T, entries: readonly NewEntry<T>[]): Promise<void> {
  if (entries.length === 0) return;
  await log.append(
    topic,
    entries.map(({ key, entry, headers }) => ({ key, value: encodeEntry(topic, entry), ...(headers ? { headers } : {}) })),
  );
}

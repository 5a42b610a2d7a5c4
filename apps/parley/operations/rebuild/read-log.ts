import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Batch, EventLog, PartitionExtent } from '@parley/event-log';
import { ParleyError } from '@parley/model';
import type { Database } from '@parley/runtime';

const GROUP = 'parley.rebuild';
const BATCH = { maxRecords: 1_000, maxBytes: 8 * 1024 * 1024 };
const LOOK_MS = 50;
/** Without a single record for so long something is wrong; a group of Kafka may take ten seconds to begin. */
const SILENCE_MS_MAX = 60_000;
const STOP_MS = 5_000;

/** How far a topic reaches, by name. */
export type Extents = ReadonlyMap<string, readonly PartitionExtent[]>;

export async function extentsOf(log: EventLog, topics: readonly string[]): Promise<Extents> {
  const extents = new Map<string, readonly PartitionExtent[]>();
  for (const topic of topics) extents.set(topic, await log.extent(topic));
  return extents;
}

/** @throws ParleyError where the oldest records are gone: what they said cannot be had from the log any more. */
export function assertWhole(extents: Extents): void {
  const gone = [...extents].flatMap(([topic, partitions]) => {
    const records = partitions.reduce((sum, { first }) => sum + first, 0n);
    return records > 0n ? [`${topic} (${records})`] : [];
  });
  if (gone.length === 0) return;
  throw new ParleyError(
    'log-not-whole',
    `The log no longer holds everything: PARLEY_LOG_RETENTION_DAYS let go of the oldest records of ${gone.join(', ')}. ` +
      'A rebuild would lose what they said. Restore a backup instead; keep the log for ever (0) where rebuilding is wanted.',
  );
}

/** Gives every record of these topics, one batch at a time, as a group of its own that is gone afterwards. A batch may come twice. */
export async function readAll(
  log: EventLog,
  database: Database,
  extents: Extents,
  take: (batch: Batch) => Promise<void>,
): Promise<void> {
  await forgetGroups(database);
  const left = new Map<string, bigint>();
  for (const [topic, partitions] of extents)
    for (const { partition, first, next } of partitions) if (next > first) left.set(`${topic}/${partition}`, next);
  if (left.size === 0) return;
  const group = `${GROUP}.${randomUUID().slice(0, 8)}`;
  let lastAt = Date.now();
  let turn: Promise<void> = Promise.resolve();
  const subscription = await log.consume({
    group,
    topics: [...extents.keys()],
    ...BATCH,
    async handler(batch) {
      turn = turn.catch(() => undefined).then(() => take(batch));
      await turn;
      lastAt = Date.now();
      const place = `${batch.topic}/${batch.partition}`;
      if ((batch.records.at(-1)?.offset ?? -1n) + 1n >= (left.get(place) ?? 0n)) left.delete(place);
    },
  });
  try {
    while (left.size > 0) {
      await pause(LOOK_MS);
      if (Date.now() - lastAt > SILENCE_MS_MAX)
        throw new ParleyError('log-silent', 'The log gives no more records, and not all were read');
    }
  } finally {
    await subscription.stop(STOP_MS);
    await forgetGroups(database);
  }
}

/** Its progress would keep records that everybody else has handled from being let go of. */
async function forgetGroups(database: Database): Promise<void> {
  await database.query('*', `DELETE FROM log.offsets WHERE group_name LIKE '${GROUP}.%'`);
}

import { type LogDatabase, type LogLogger, PIPELINE } from '../log-database';

const LOCK = 0x6c6f6752;
const CHUNK = 2_000;
/** In one sweep, so that a long-neglected log does not keep the database busy. */
const CHUNKS_MAX = 200;

/**
 * Drops records older than their topic's retention that every group of the topic has handled. One process at a time, in
 * small transactions. @returns how many were dropped.
 */
export async function sweepOldRecords(database: LogDatabase, logger: LogLogger): Promise<number> {
  let dropped = 0;
  for (let chunk = 0; chunk < CHUNKS_MAX; chunk++) {
    const count = await dropChunk(database);
    if (count === 0) break;
    dropped += count;
  }
  if (dropped > 0) logger.info({ records: dropped }, 'Old records of the log were dropped');
  return dropped;
}

/** Looks at the oldest records of each partition only: the young ones behind them need not be read. */
const DROP = `
WITH due AS (
  SELECT r.partition_id, r."offset"
  FROM log.topics t
  JOIN log.partitions p ON p.topic = t.name
  CROSS JOIN LATERAL (
    SELECT coalesce(min(o.next_offset), p.next_offset) AS "offset" FROM log.offsets o
    WHERE o.topic = p.topic AND o.partition = p.partition
  ) AS handled
  CROSS JOIN LATERAL (
    SELECT r.partition_id, r."offset", r.appended_at FROM log.records r
    WHERE r.partition_id = p.id AND r."offset" < handled."offset" ORDER BY r."offset" LIMIT $1
  ) AS r
  WHERE t.retention_ms IS NOT NULL AND r.appended_at < now() - t.retention_ms * interval '1 millisecond'
)
DELETE FROM log.records r USING due WHERE r.partition_id = due.partition_id AND r."offset" = due."offset"`;

function dropChunk(database: LogDatabase): Promise<number> {
  return database.transaction(PIPELINE, async (client) => {
    const { rows } = await client.query<{ free: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS free', [LOCK]);
    if (!rows[0]?.free) return 0;
    const { rowCount } = await client.query(DROP, [CHUNK]);
    return rowCount ?? 0;
  });
}

import type { Queryable } from './event-stream';

/** Far longer than any channel repeats itself or lags behind. */
const EARLY_KEPT = `interval '30 days'`;
const IDEMPOTENCY_KEPT = `interval '48 hours'`;

/** Lets go of what waited in vain and of keys nobody repeats any more. Run it for '*'. @returns how many rows went. */
export async function pruneWaiting(client: Queryable, limit: number): Promise<number> {
  const early = await client.query(
    `DELETE FROM conversations.early WHERE ctid = ANY(ARRAY(
       SELECT ctid FROM conversations.early WHERE created_at < now() - ${EARLY_KEPT} LIMIT $1))`,
    [limit],
  );
  const keys = await client.query(
    `DELETE FROM conversations.idempotency_keys WHERE ctid = ANY(ARRAY(
       SELECT ctid FROM conversations.idempotency_keys WHERE created_at < now() - ${IDEMPOTENCY_KEPT} LIMIT $1))`,
    [limit],
  );
  return (early.rowCount ?? 0) + (keys.rowCount ?? 0);
}

import type { Queryable } from '../event-stream';
import { externalKey } from '../rows/external-ids';
import { storable, storableText } from '../storable';

export type IdempotencyClaim =
  | { readonly kind: 'claimed' }
  /** Another request with this key is being worked on. */
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly status: number; readonly response: unknown }
  /** Same key, other body. */
  | { readonly kind: 'mismatch' };

/** As short as an index entry must be. */
const keyOf = (key: string): string => externalKey(storableText(key));

/** Longer than any request takes. */
const ABANDONED_AFTER = `interval '60 seconds'`;

/**
 * Commit it on its own before the work. A claim that was not completed for 60 s (the process died) may be claimed again:
 * what it did has derived ids and is not done twice.
 */
export async function claimIdempotencyKey(
  client: Queryable,
  merchantId: string,
  key: string,
  requestHash: Buffer,
): Promise<IdempotencyClaim> {
  const claimed = await client.query(
    `INSERT INTO conversations.idempotency_keys AS k (merchant_id, key, request_hash) VALUES ($1, $2, $3)
     ON CONFLICT (merchant_id, key) DO UPDATE SET created_at = now()
     WHERE k.status IS NULL AND k.request_hash = excluded.request_hash AND k.created_at < now() - ${ABANDONED_AFTER}`,
    [merchantId, keyOf(key), requestHash],
  );
  if (claimed.rowCount === 1) return { kind: 'claimed' };
  const { rows } = await client.query<{ request_hash: Buffer; status: number | null; response: unknown }>(
    'SELECT request_hash, status, response FROM conversations.idempotency_keys WHERE merchant_id = $1 AND key = $2',
    [merchantId, keyOf(key)],
  );
  const row = rows[0];
  // Released between the two statements.
  if (!row) return { kind: 'running' };
  if (!row.request_hash.equals(requestHash)) return { kind: 'mismatch' };
  return row.status === null ? { kind: 'running' } : { kind: 'done', status: row.status, response: row.response };
}

export async function completeIdempotencyKey(
  client: Queryable,
  merchantId: string,
  key: string,
  status: number,
  response: unknown,
): Promise<void> {
  await client.query('UPDATE conversations.idempotency_keys SET status = $3, response = $4 WHERE merchant_id = $1 AND key = $2', [
    merchantId,
    keyOf(key),
    status,
    JSON.stringify(storable(response) ?? null),
  ]);
}

/** The work was refused: the key may be used again. */
export async function releaseIdempotencyKey(client: Queryable, merchantId: string, key: string): Promise<void> {
  await client.query('DELETE FROM conversations.idempotency_keys WHERE merchant_id = $1 AND key = $2 AND status IS NULL', [
    merchantId,
    keyOf(key),
  ]);
}

import { createHash } from 'node:crypto';
import type { Queryable } from '../event-stream';

/** The channel's id of a message that Parley sent. */
export interface ExternalId {
  readonly merchantId: string;
  readonly accountId: string;
  /** As `externalKey` gives it. */
  readonly externalId: string;
  readonly messageId: string;
  /** The attempt that got it, and its place among the ids of that attempt. */
  readonly attempt: number;
  readonly place: number;
}

const LENGTH_MAX = 400;

/** An index entry has room for 2.7 kB: an id longer than any channel's is known by its hash. */
export const externalKey = (externalId: string): string =>
  externalId.length <= LENGTH_MAX
    ? externalId
    : `${externalId.slice(0, LENGTH_MAX / 2).toWellFormed()}…${createHash('sha256').update(externalId).digest('hex')}`;

export async function loadExternalIds(
  client: Queryable,
  keys: readonly { merchantId: string; accountId: string; externalId: string }[],
): Promise<ExternalId[]> {
  if (keys.length === 0) return [];
  const { rows } = await client.query<ExternalId>({
    name: 'external-ids-load',
    text: `SELECT e.merchant_id AS "merchantId", e.account_id AS "accountId", e.external_id AS "externalId", e.message_id AS "messageId",
        e.attempt, e.place
      FROM unnest($1::text[], $2::text[], $3::text[]) AS k(merchant_id, account_id, external_id)
      JOIN conversations.message_external_ids e USING (merchant_id, account_id, external_id)`,
    values: [keys.map((key) => key.merchantId), keys.map((key) => key.accountId), keys.map((key) => key.externalId)],
  });
  return rows;
}

/** The first message to have an id keeps it. */
export async function insertExternalIds(client: Queryable, ids: readonly ExternalId[]): Promise<void> {
  if (ids.length === 0) return;
  await client.query({
    name: 'external-ids-insert',
    text: `INSERT INTO conversations.message_external_ids (merchant_id, account_id, external_id, message_id, attempt, place)
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[])
        AS n(merchant_id, account_id, external_id, message_id, attempt, place) ORDER BY 1, 2, 3
      ON CONFLICT DO NOTHING`,
    values: [
      ids.map((id) => id.merchantId),
      ids.map((id) => id.accountId),
      ids.map((id) => id.externalId),
      ids.map((id) => id.messageId),
      ids.map((id) => id.attempt),
      ids.map((id) => id.place),
    ],
  });
}

import type { DeadLetter } from '@parley/model';
import { fromJsonColumn, jsonColumn } from '../columns';
import { type Page, type PageQuery, pageLimit, pageOf, readCursor } from '../cursor';
import type { Queryable } from '../event-stream';
import { storable, storableText, storableTime } from '../storable';
import type { Transaction } from '../transactions';
import { type DeadLetterRecord, deadLetters } from './dead-letters.tables';

const LIST = 'dead-letters';
const REASON_LENGTH_MAX = 4_000;

/** A repeat is known by its id. */
export async function storeDeadLetters(tx: Transaction, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return;
  const now = new Date().toISOString();
  const clean = letters.map((letter) => storable(letter));
  await tx.client.query({
    name: 'dead-letters-insert',
    text: `INSERT INTO conversations.dead_letters (id, merchant_id, account_id, topic, partition, "offset", key, headers, value, app, reason, at)
      SELECT id, merchant_id, account_id, topic, partition, "offset", key, headers::jsonb, decode(value, 'base64'), app, reason, at
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], ${fromJsonColumn(8)}, $9::text[],
        $10::text[], $11::text[], $12::timestamptz[])
        AS d(id, merchant_id, account_id, topic, partition, "offset", key, headers, value, app, reason, at)
      ON CONFLICT DO NOTHING`,
    values: [
      clean.map((letter) => letter.id),
      clean.map((letter) => letter.merchantId),
      clean.map((letter) => letter.accountId),
      clean.map((letter) => letter.topic),
      clean.map((letter) => letter.partition),
      clean.map((letter) => letter.offset),
      clean.map((letter) => letter.key),
      jsonColumn(clean.map((letter) => letter.headers)),
      // Written again by us: Postgres takes no base64 but the strict one.
      clean.map((letter) => Buffer.from(letter.value, 'base64').toString('base64')),
      clean.map((letter) => letter.app),
      clean.map((letter) => letter.reason.slice(0, REASON_LENGTH_MAX).toWellFormed()),
      clean.map((letter) => storableTime(letter.at, now)),
    ],
  });
}

/** Newest first. @throws CursorError */
export async function listDeadLetters(
  client: Queryable,
  merchantId: string,
  page: PageQuery & { readonly topic?: string; readonly replayed?: boolean },
): Promise<Page<DeadLetterRecord>> {
  const place = readCursor(LIST, merchantId, page.cursor);
  const limit = pageLimit(page.limit);
  const records = await deadLetters.select(
    client,
    `WHERE t.merchant_id = $1 AND ($2::timestamptz IS NULL OR (t.at, t.id) < ($2, $3))
       AND ($4::text IS NULL OR t.topic = $4) AND ($5::boolean IS NULL OR (t.replayed_at IS NOT NULL) = $5)
     ORDER BY t.at DESC, t.id DESC LIMIT $6`,
    [merchantId, place?.at ?? null, place?.id ?? null, page.topic ?? null, page.replayed ?? null, limit + 1],
  );
  return pageOf(LIST, merchantId, records, limit, ({ at, id }) => ({ at, id }));
}

export const getDeadLetter = async (client: Queryable, merchantId: string, id: string): Promise<DeadLetterRecord | null> =>
  (await deadLetters.select(client, 'WHERE t.merchant_id = $1 AND t.id = $2', [merchantId, storableText(id)]))[0] ?? null;

/** False when there is none. */
export async function markReplayed(client: Queryable, merchantId: string, id: string, at: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'UPDATE conversations.dead_letters SET replayed_at = $3 WHERE merchant_id = $1 AND id = $2',
    [merchantId, storableText(id), at],
  );
  return rowCount === 1;
}

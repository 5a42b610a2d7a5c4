import { newThread, type ThreadLanguage } from '@parley/translation';
import type { PoolClient } from 'pg';
import type { BuyerText, InboundJob } from './inbound-message';

/** Inbound work is done for all merchants. */
export const PIPELINE = '*';

export interface Thread {
  readonly language: ThreadLanguage;
  /** What the shop reads; null until a message said it. */
  readonly merchantLanguage: string | null;
}

const keyOf = (...ids: string[]): string => ids.join(' ');
export const threadKey = ({ merchantId, conversationId }: Pick<BuyerText, 'merchantId' | 'conversationId'>): string =>
  keyOf(merchantId, conversationId);

/** The conversations of a batch as they were before it. */
export async function readThreads(client: PoolClient, texts: readonly BuyerText[]): Promise<Map<string, Thread>> {
  const { rows } = await client.query<{
    merchant_id: string;
    conversation_id: string;
    state: ThreadLanguage;
    merchant_language: string;
  }>({
    name: 'translate-threads-read',
    text: `SELECT merchant_id, conversation_id, state, merchant_language FROM translate.threads
      WHERE (merchant_id, conversation_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
    values: [texts.map((text) => text.merchantId), texts.map((text) => text.conversationId)],
  });
  return new Map(
    rows.map((row) => [
      keyOf(row.merchant_id, row.conversation_id),
      { language: row.state, merchantLanguage: row.merchant_language },
    ]),
  );
}

export const unknownThread: Thread = { language: newThread, merchantLanguage: null };

export async function writeThreads(
  client: PoolClient,
  threads: readonly { merchantId: string; conversationId: string; thread: Thread }[],
): Promise<void> {
  const known = threads.filter(({ thread }) => thread.merchantLanguage !== null);
  if (known.length === 0) return;
  await client.query({
    name: 'translate-threads-write',
    // States as one JSON array: in an array literal every quote of theirs would be escaped.
    text: `INSERT INTO translate.threads (merchant_id, conversation_id, state, merchant_language)
      SELECT k.merchant_id, k.conversation_id, s.state, k.merchant_language
      FROM unnest($1::text[], $2::text[], $4::text[]) WITH ORDINALITY AS k (merchant_id, conversation_id, merchant_language, place)
      JOIN jsonb_array_elements($3::jsonb) WITH ORDINALITY AS s (state, place) USING (place)
      ON CONFLICT (merchant_id, conversation_id)
      DO UPDATE SET state = excluded.state, merchant_language = excluded.merchant_language, updated_at = now()`,
    values: [
      known.map((each) => each.merchantId),
      known.map((each) => each.conversationId),
      JSON.stringify(known.map((each) => each.thread.language)),
      known.map((each) => each.thread.merchantLanguage),
    ],
  });
}

type Edit = BuyerText & { readonly edit: NonNullable<BuyerText['edit']> };
export const isEdit = (text: BuyerText): text is Edit => text.edit !== null;

/** Notes the edits and tells each its place among those of its message, by time. The same edit again has the same place. */
export async function placeEdits(client: PoolClient, texts: readonly BuyerText[]): Promise<Map<BuyerText, number>> {
  const edits = texts.filter(isEdit);
  if (edits.length === 0) return new Map();
  await client.query(
    `INSERT INTO translate.edits (merchant_id, message_id, at, digest)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
    [
      edits.map((text) => text.merchantId),
      edits.map((text) => text.messageId),
      edits.map((text) => text.edit.at),
      edits.map((text) => text.edit.digest),
    ],
  );
  const { rows } = await client.query<{ merchant_id: string; message_id: string; at: string; digest: string; place: number }>(
    `SELECT merchant_id, message_id, at, digest,
            row_number() OVER (PARTITION BY merchant_id, message_id ORDER BY at, digest)::integer - 1 AS place
     FROM translate.edits
     WHERE (merchant_id, message_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
    [edits.map((text) => text.merchantId), edits.map((text) => text.messageId)],
  );
  const places = new Map(rows.map((row) => [keyOf(row.merchant_id, row.message_id, row.at, row.digest), row.place]));
  return new Map(
    edits.map((text) => [text, places.get(keyOf(text.merchantId, text.messageId, text.edit.at, text.edit.digest)) ?? 0]),
  );
}

const editOf = (job: InboundJob): number => job.origin.edit ?? -1;

export async function insertRetries(client: PoolClient, jobs: readonly InboundJob[], afterMs: number): Promise<void> {
  if (jobs.length === 0) return;
  await client.query(
    `INSERT INTO translate.retries (merchant_id, message_id, edit, job, due_at)
     SELECT merchant_id, message_id, edit, job, now() + $5 * interval '1 millisecond'
     FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[]) AS due (merchant_id, message_id, edit, job)
     ON CONFLICT DO NOTHING`,
    [
      jobs.map((job) => job.origin.merchantId),
      jobs.map((job) => job.origin.messageId),
      jobs.map(editOf),
      jobs.map((job) => JSON.stringify(job)),
      afterMs,
    ],
  );
}

export interface DueRetry {
  readonly job: InboundJob;
  readonly tries: number;
  readonly ageMs: number;
}

/** Takes what is due and puts it off, so that a process that dies with it loses nothing and two never work on one. */
export async function claimRetries(client: PoolClient, count: number, putOffMs: number): Promise<DueRetry[]> {
  const { rows } = await client.query<{ job: string; tries: number; age_ms: number }>(
    `UPDATE translate.retries SET tries = tries + 1, due_at = now() + $2 * interval '1 millisecond'
     WHERE (merchant_id, message_id, edit) IN (
       SELECT merchant_id, message_id, edit FROM translate.retries
       WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING job, tries, (extract(epoch FROM now() - created_at) * 1000)::float8 AS age_ms`,
    [count, putOffMs],
  );
  return rows.map((row) => ({ job: JSON.parse(row.job) as InboundJob, tries: row.tries, ageMs: row.age_ms }));
}

/** Null: it needs no more tries. */
export async function settleRetry(client: PoolClient, job: InboundJob, againAfterMs: number | null): Promise<void> {
  const key = [job.origin.merchantId, job.origin.messageId, editOf(job)];
  const where = 'WHERE merchant_id = $1 AND message_id = $2 AND edit = $3';
  if (againAfterMs === null) await client.query(`DELETE FROM translate.retries ${where}`, key);
  else
    await client.query(`UPDATE translate.retries SET due_at = now() + $4 * interval '1 millisecond' ${where}`, [
      ...key,
      againAfterMs,
    ]);
}

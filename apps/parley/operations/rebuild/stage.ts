import type { Batch } from '@parley/event-log';
import { type EntryOf, eventId } from '@parley/model';
import type { Client } from 'pg';

/** What the view is made of, in the order of its making. */
export const VIEW_TOPICS = [
  'inbound.message',
  'outbound.message',
  'inbound.translated',
  'outbound.translated',
  'outbound.delivery',
  'dead.letter',
] as const;
export type ViewTopic = (typeof VIEW_TOPICS)[number];

/** A private note is in no topic: its row is what is known of it. It takes its place among the messages. */
export const NOTE = 'note';

/**
 * Everything that is to be replayed lies in one table first, to be read in its order.
 * "places" tells where the event stream has a message: topics are read side by side, so only the stream knows which of
 * two came first, and with it the sequence.
 */
export const STAGE = `
CREATE SCHEMA stage;
CREATE TABLE stage.places (event_id text NOT NULL, position bigint NOT NULL);
CREATE TABLE stage.progress (topic text NOT NULL, partition integer NOT NULL, next_offset bigint NOT NULL, PRIMARY KEY (topic, partition));
CREATE TABLE stage.records (
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  appended_at bigint NOT NULL,
  merchant_id text,
  message_id text,
  -- Of the event that told of it; null where it brings no message.
  event_id text,
  value bytea NOT NULL,
  position bigint,
  PRIMARY KEY (topic, partition, "offset")
);`;

/** Those that say where a message stands in its thread. */
export const PLACES = `SELECT id, position FROM conversations.events
  WHERE type IN ('parley.message.received.v1', 'parley.message.accepted.v1', 'parley.conversation.changed.v1')`;

export const PROGRESS = `SELECT topic, partition, next_offset FROM log.offsets WHERE group_name = 'parley.conversations'`;

export async function stageBatch(client: Client, { topic, partition, records }: Batch): Promise<void> {
  const known = records.map((record) => aboutOf(topic, record.value));
  await client.query({
    name: 'stage-records',
    text: `INSERT INTO stage.records (topic, partition, "offset", appended_at, merchant_id, message_id, event_id, value)
      SELECT $1, $2, * FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bytea[])
      ON CONFLICT DO NOTHING`,
    values: [
      topic,
      partition,
      records.map(({ offset }) => String(offset)),
      records.map(({ appendedAt }) => appendedAt),
      known.map(({ merchantId }) => merchantId ?? null),
      known.map(({ messageId }) => messageId ?? null),
      known.map(({ eventId: id }) => id ?? null),
      records.map(({ value }) => Buffer.from(value)),
    ],
  });
}

interface About {
  readonly merchantId?: string;
  readonly messageId?: string;
  readonly eventId?: string;
}

/** What order asks of a record; of broken bytes nothing. */
function aboutOf(topic: string, value: Uint8Array): About {
  try {
    const entry = JSON.parse(Buffer.from(value).toString('utf8')) as Partial<EntryOf<'outbound.message'>> & { kind?: string };
    const { merchantId, conversationId = '', messageId = '' } = entry;
    if (typeof merchantId !== 'string' || merchantId.includes('\0')) return {};
    if (topic === 'outbound.message')
      return { merchantId, messageId, eventId: eventId('parley.message.accepted.v1', conversationId, messageId) };
    if (topic !== 'inbound.message' || entry.kind !== 'message') return { merchantId };
    return { merchantId, messageId, eventId: eventId('parley.message.received.v1', conversationId, messageId) };
  } catch {
    return {};
  }
}

/** Notes of the view as it was, each with the event that told of it. */
export async function stageNotes(client: Client): Promise<void> {
  const { rows } = await client.query<{ merchant_id: string; id: string; conversation_id: string; row: unknown }>(
    'SELECT merchant_id, id, conversation_id, to_json(m) AS row FROM before.messages m WHERE note ORDER BY merchant_id, id',
  );
  for (const [index, { merchant_id, id, conversation_id, row }] of rows.entries()) {
    const event = eventId('parley.conversation.changed.v1', conversation_id, id);
    await client.query(
      `INSERT INTO stage.records (topic, partition, "offset", appended_at, merchant_id, message_id, event_id, value)
       VALUES ('${NOTE}', 0, $1, 0, $2, $3, $4, $5)`,
      [index, merchant_id, id, event, Buffer.from(JSON.stringify(row))],
    );
  }
}

/**
 * Only what the view had taken in: its consumers go on from there. A reply may be in it before: the API stores it at once.
 */
export async function settleStage(client: Client): Promise<void> {
  await client.query(`
    DELETE FROM stage.records r WHERE r.topic <> '${NOTE}'
      AND NOT EXISTS (SELECT FROM stage.progress p WHERE (p.topic, p.partition) = (r.topic, r.partition) AND r."offset" < p.next_offset)
      AND NOT (r.topic = 'outbound.message' AND EXISTS (
        SELECT FROM before.messages b WHERE (b.merchant_id, b.id) = (r.merchant_id, r.message_id)));
    CREATE INDEX ON stage.places (event_id);
    UPDATE stage.records r SET position = p.position FROM stage.places p WHERE p.event_id = r.event_id;
    ANALYZE stage.records;`);
}

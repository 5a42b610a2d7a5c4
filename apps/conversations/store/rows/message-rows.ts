import type { Message, OutboundMessage } from '@parley/model';
import { fromJsonColumn, isoTime, isoTimeOrNull, jsonColumn } from '../columns';
import type { Queryable } from '../event-stream';

/** What a reply was asked to be: for a retry or release, which append the same message with the next attempt. */
export type OutboundFacts = Pick<
  OutboundMessage,
  | 'attempt'
  | 'targetLanguage'
  | 'translation'
  | 'released'
  | 'replyTo'
  | 'subject'
  | 'address'
  | 'replyWindow'
  | 'contact'
  | 'acceptedAt'
>;

/** A message as it is in its table; `message` is changed in place. */
export interface StoredMessage {
  readonly merchantId: string;
  readonly message: Message;
  readonly automatic: boolean;
  readonly attributes: Record<string, unknown>;
  outbound: OutboundFacts | null;
}

export const MESSAGE_COLUMNS = `m.merchant_id, m.id, m.conversation_id, m.account_id, m.channel, m.direction, m.sequence, m.author, m.parts,
  m.language, m.translations, m.translation_status, m.reply_to, m.external_id, m.client_key, m.note, m.automatic, m.attributes,
  m.sent_at, m.received_at, m.delivery, m.reactions, m.edits, m.recalled_at, m.outbound`;

export interface MessageRow {
  merchant_id: string;
  id: string;
  conversation_id: string;
  account_id: string;
  channel: string;
  direction: Message['direction'];
  sequence: string;
  author: Message['author'];
  parts: Message['parts'];
  language: string;
  translations: Message['translations'];
  translation_status: Message['translationStatus'];
  reply_to: string | null;
  external_id: string | null;
  client_key: string | null;
  note: boolean;
  automatic: boolean;
  attributes: Record<string, unknown>;
  sent_at: Date;
  received_at: Date;
  delivery: Message['delivery'];
  reactions: Message['reactions'];
  edits: Message['edits'];
  recalled_at: Date | null;
  outbound: OutboundFacts | null;
}

export const messageOf = (row: MessageRow): Message => ({
  id: row.id,
  conversationId: row.conversation_id,
  accountId: row.account_id,
  channel: row.channel,
  direction: row.direction,
  sequence: Number(row.sequence),
  author: row.author,
  parts: row.parts,
  language: row.language,
  translations: row.translations,
  translationStatus: row.translation_status,
  replyTo: row.reply_to,
  externalId: row.external_id,
  clientKey: row.client_key,
  note: row.note,
  sentAt: isoTime(row.sent_at),
  receivedAt: isoTime(row.received_at),
  delivery: row.delivery,
  reactions: row.reactions,
  edits: row.edits,
  recalledAt: isoTimeOrNull(row.recalled_at),
});

const storedOf = (row: MessageRow): StoredMessage => ({
  merchantId: row.merchant_id,
  message: messageOf(row),
  automatic: row.automatic,
  attributes: row.attributes,
  outbound: row.outbound,
});

/** Whose, and which one. */
export interface RowKey {
  readonly merchantId: string;
  readonly id: string;
}
export const keyOf = ({ merchantId, id }: RowKey): string => `${merchantId}\n${id}`;

export async function loadMessages(client: Queryable, keys: readonly RowKey[]): Promise<StoredMessage[]> {
  if (keys.length === 0) return [];
  const { rows } = await client.query<MessageRow>({
    name: 'messages-load',
    text: `SELECT ${MESSAGE_COLUMNS} FROM unnest($1::text[], $2::text[]) AS k(merchant_id, id)
      JOIN conversations.messages m ON m.merchant_id = k.merchant_id AND m.id = k.id`,
    values: [keys.map((key) => key.merchantId), keys.map((key) => key.id)],
  });
  return rows.map(storedOf);
}

/** In which conversations the messages are, as far as they exist. */
export async function locateMessages(
  client: Queryable,
  keys: readonly RowKey[],
): Promise<readonly (RowKey & { conversationId: string })[]> {
  if (keys.length === 0) return [];
  const { rows } = await client.query<{ merchantId: string; id: string; conversationId: string }>({
    name: 'messages-locate',
    text: `SELECT m.merchant_id AS "merchantId", m.id, m.conversation_id AS "conversationId"
      FROM unnest($1::text[], $2::text[]) AS k(merchant_id, id) JOIN conversations.messages m USING (merchant_id, id)`,
    values: [keys.map((key) => key.merchantId), keys.map((key) => key.id)],
  });
  return rows;
}

const INSERT = `
INSERT INTO conversations.messages (merchant_id, id, conversation_id, account_id, channel, direction, sequence, author, parts, language,
  translations, translation_status, reply_to, external_id, client_key, note, automatic, attributes, sent_at, received_at, delivery,
  reactions, edits, recalled_at, outbound)
SELECT merchant_id, id, conversation_id, account_id, channel, direction, sequence, author::jsonb, parts::jsonb, language,
  translations::jsonb, translation_status, reply_to, external_id, client_key, note, automatic, attributes::jsonb, sent_at, received_at,
  delivery::jsonb, reactions::jsonb, edits::jsonb, recalled_at, outbound::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], ${fromJsonColumn(8)},
  ${fromJsonColumn(9)}, $10::text[], ${fromJsonColumn(11)}, $12::text[], $13::text[], $14::text[], $15::text[], $16::boolean[],
  $17::boolean[], ${fromJsonColumn(18)}, $19::timestamptz[], $20::timestamptz[], ${fromJsonColumn(21)}, ${fromJsonColumn(22)},
  ${fromJsonColumn(23)}, $24::timestamptz[], ${fromJsonColumn(25)})
AS m(merchant_id, id, conversation_id, account_id, channel, direction, sequence, author, parts, language, translations,
  translation_status, reply_to, external_id, client_key, note, automatic, attributes, sent_at, received_at, delivery, reactions, edits,
  recalled_at, outbound)`;

export async function insertMessages(client: Queryable, rows: readonly StoredMessage[]): Promise<void> {
  if (rows.length === 0) return;
  const messages = rows.map((row) => row.message);
  await client.query({
    name: 'messages-insert',
    text: INSERT,
    values: [
      rows.map((row) => row.merchantId),
      messages.map((message) => message.id),
      messages.map((message) => message.conversationId),
      messages.map((message) => message.accountId),
      messages.map((message) => message.channel),
      messages.map((message) => message.direction),
      messages.map((message) => message.sequence),
      jsonColumn(messages.map((message) => message.author)),
      jsonColumn(messages.map((message) => message.parts)),
      messages.map((message) => message.language),
      jsonColumn(messages.map((message) => message.translations)),
      messages.map((message) => message.translationStatus),
      messages.map((message) => message.replyTo),
      messages.map((message) => message.externalId),
      messages.map((message) => message.clientKey),
      messages.map((message) => message.note),
      rows.map((row) => row.automatic),
      jsonColumn(rows.map((row) => row.attributes)),
      messages.map((message) => message.sentAt),
      messages.map((message) => message.receivedAt),
      jsonColumn(messages.map((message) => message.delivery)),
      jsonColumn(messages.map((message) => message.reactions)),
      jsonColumn(messages.map((message) => message.edits)),
      messages.map((message) => message.recalledAt),
      jsonColumn(rows.map((row) => row.outbound)),
    ],
  });
}

/** Each came once more for every time it is among the keys. */
export async function countRepeats(client: Queryable, keys: readonly RowKey[]): Promise<void> {
  if (keys.length === 0) return;
  await client.query({
    name: 'messages-repeats',
    text: `UPDATE conversations.messages m SET seen = m.seen + k.times
      FROM (SELECT merchant_id, id, count(*)::integer AS times FROM unnest($1::text[], $2::text[]) AS k(merchant_id, id)
        GROUP BY merchant_id, id) AS k
      WHERE m.merchant_id = k.merchant_id AND m.id = k.id`,
    values: [keys.map((key) => key.merchantId), keys.map((key) => key.id)],
  });
}

const UPDATE = `
UPDATE conversations.messages m SET language = c.language, translations = c.translations::jsonb, translation_status = c.translation_status,
  reply_to = c.reply_to, external_id = c.external_id, sent_at = c.sent_at, received_at = c.received_at, delivery = c.delivery::jsonb,
  reactions = c.reactions::jsonb, edits = c.edits::jsonb, recalled_at = c.recalled_at, outbound = c.outbound::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], ${fromJsonColumn(4)}, $5::text[], $6::text[], $7::text[], $8::timestamptz[],
  $9::timestamptz[], ${fromJsonColumn(10)}, ${fromJsonColumn(11)}, ${fromJsonColumn(12)}, $13::timestamptz[], ${fromJsonColumn(14)})
AS c(merchant_id, id, language, translations, translation_status, reply_to, external_id, sent_at, received_at, delivery, reactions, edits,
  recalled_at, outbound)
WHERE m.merchant_id = c.merchant_id AND m.id = c.id`;

export async function updateMessages(client: Queryable, rows: readonly StoredMessage[]): Promise<void> {
  if (rows.length === 0) return;
  const messages = rows.map((row) => row.message);
  await client.query({
    name: 'messages-update',
    text: UPDATE,
    values: [
      rows.map((row) => row.merchantId),
      messages.map((message) => message.id),
      messages.map((message) => message.language),
      jsonColumn(messages.map((message) => message.translations)),
      messages.map((message) => message.translationStatus),
      messages.map((message) => message.replyTo),
      messages.map((message) => message.externalId),
      messages.map((message) => message.sentAt),
      messages.map((message) => message.receivedAt),
      jsonColumn(messages.map((message) => message.delivery)),
      jsonColumn(messages.map((message) => message.reactions)),
      jsonColumn(messages.map((message) => message.edits)),
      messages.map((message) => message.recalledAt),
      jsonColumn(rows.map((row) => row.outbound)),
    ],
  });
}

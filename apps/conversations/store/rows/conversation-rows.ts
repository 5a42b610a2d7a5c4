import type { Conversation, ReplyAddress } from '@parley/model';
import { fromJsonColumn, isoTime, isoTimeOrNull, jsonColumn } from '../columns';
import type { Queryable } from '../event-stream';
import type { FactsAt } from './facts-at';
import type { RowKey } from './message-rows';

/** A conversation as it is in its table; changed in place. `conversation.contact` is a look at the contact's own row. */
export interface StoredConversation {
  readonly merchantId: string;
  readonly conversation: Conversation;
  contactAddress: string;
  address: ReplyAddress;
  factsAt: FactsAt;
  languageFixed: boolean;
  languageSequence: number;
  onItsWay: number;
  lastSequence: number;
  snoozedUntil: string | null;
}

export const CONVERSATION_COLUMNS = `c.merchant_id, c.id, c.account_id, c.channel, c.contact_id, c.contact_address, c.subject, c.state,
  c.language, c.language_fixed, c.assignee_id, c.owner_kind, c.owner_id, c.owner_generation, c.tags, c.priority, c.orders, c.unread_count,
  c.last_sequence, c.last_message, c.reply_window, c.address, c.facts_at, c.language_sequence, c.on_its_way, c.clocks, c.snoozed_until,
  c.created_at, c.updated_at, t.name AS contact_name, t.country AS contact_country, t.time_zone AS contact_time_zone, t.vip AS contact_vip`;

const WITH_CONTACT = 'LEFT JOIN conversations.contacts t ON t.merchant_id = c.merchant_id AND t.id = c.contact_id';
export const CONVERSATION_TABLES = `conversations.conversations c ${WITH_CONTACT}`;

export interface ConversationRow {
  merchant_id: string;
  id: string;
  account_id: string;
  channel: string;
  contact_id: string;
  contact_address: string;
  subject: string | null;
  state: Conversation['state'];
  language: string;
  language_fixed: boolean;
  assignee_id: string | null;
  owner_kind: Conversation['owner']['kind'];
  owner_id: string | null;
  owner_generation: number;
  tags: string[];
  priority: Conversation['priority'];
  orders: Conversation['orders'];
  unread_count: number;
  last_sequence: string;
  last_message: Conversation['lastMessage'];
  reply_window: Conversation['replyWindow'];
  address: ReplyAddress;
  facts_at: FactsAt;
  language_sequence: string;
  on_its_way: number;
  clocks: Conversation['clocks'];
  snoozed_until: Date | null;
  created_at: Date;
  updated_at: Date;
  contact_name: string | null;
  contact_country: string | null;
  contact_time_zone: string | null;
  contact_vip: boolean | null;
}

export const conversationOf = (row: ConversationRow): Conversation => ({
  id: row.id,
  accountId: row.account_id,
  channel: row.channel,
  subject: row.subject,
  state: row.state,
  language: row.language,
  contact: {
    id: row.contact_id,
    name: row.contact_name,
    country: row.contact_country,
    timeZone: row.contact_time_zone,
    vip: row.contact_vip ?? false,
  },
  assigneeId: row.assignee_id,
  owner: { kind: row.owner_kind, id: row.owner_id, generation: row.owner_generation },
  tags: row.tags,
  priority: row.priority,
  orders: row.orders,
  unreadCount: row.unread_count,
  lastMessage: row.last_message,
  replyWindow: row.reply_window,
  clocks: row.clocks,
  createdAt: isoTime(row.created_at),
  updatedAt: isoTime(row.updated_at),
});

export const storedConversationOf = (row: ConversationRow): StoredConversation => ({
  merchantId: row.merchant_id,
  conversation: conversationOf(row),
  contactAddress: row.contact_address,
  address: row.address,
  factsAt: row.facts_at,
  languageFixed: row.language_fixed,
  languageSequence: Number(row.language_sequence),
  onItsWay: row.on_its_way,
  lastSequence: Number(row.last_sequence),
  snoozedUntil: isoTimeOrNull(row.snoozed_until),
});

/**
 * Lists need several indexes that begin with the merchant, and a plan made while the table is small may take one of them to find
 * a row by its key, and read all conversations of the merchant for each. Written like this the merchant is checked, not looked up.
 */
const SAME_ROW = 'c.id = k.id AND c.merchant_id IS NOT DISTINCT FROM k.merchant_id';

/** Those of them that exist. */
export async function locateConversations(client: Queryable, keys: readonly RowKey[]): Promise<readonly RowKey[]> {
  if (keys.length === 0) return [];
  const { rows } = await client.query<{ merchantId: string; id: string }>({
    name: 'conversations-locate',
    text: `SELECT c.merchant_id AS "merchantId", c.id FROM unnest($1::text[], $2::text[]) AS k(merchant_id, id)
      JOIN conversations.conversations c ON ${SAME_ROW}`,
    values: [keys.map((key) => key.merchantId), keys.map((key) => key.id)],
  });
  return rows;
}

/** Locked until the transaction ends, in sorted order: two batches never wait for each other crosswise. */
export async function lockConversations(client: Queryable, keys: readonly RowKey[]): Promise<StoredConversation[]> {
  if (keys.length === 0) return [];
  const { rows } = await client.query<ConversationRow>({
    name: 'conversations-lock',
    text: `SELECT ${CONVERSATION_COLUMNS} FROM unnest($1::text[], $2::text[]) AS k(merchant_id, id)
      JOIN conversations.conversations c ON ${SAME_ROW} ${WITH_CONTACT}
      ORDER BY c.merchant_id, c.id FOR UPDATE OF c`,
    values: [keys.map((key) => key.merchantId), keys.map((key) => key.id)],
  });
  return rows.map(storedConversationOf);
}

const INSERT = `
INSERT INTO conversations.conversations (merchant_id, id, account_id, channel, contact_id, contact_address, subject, language,
  reply_window, address, facts_at, created_at, updated_at)
SELECT merchant_id, id, account_id, channel, contact_id, contact_address, subject, language, reply_window::jsonb, address::jsonb,
  facts_at::jsonb, created_at, updated_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], ${fromJsonColumn(9)},
  ${fromJsonColumn(10)}, ${fromJsonColumn(11)}, $12::timestamptz[], $13::timestamptz[])
AS c(merchant_id, id, account_id, channel, contact_id, contact_address, subject, language, reply_window, address, facts_at, created_at,
  updated_at)
ORDER BY merchant_id, id
ON CONFLICT DO NOTHING
RETURNING merchant_id, id`;

/** @returns the keys of those that were not there; the others were made by somebody else in the meantime. */
export async function insertConversations(client: Queryable, rows: readonly StoredConversation[]): Promise<RowKey[]> {
  const all = rows.map((row) => row.conversation);
  const inserted = await client.query<{ merchant_id: string; id: string }>({
    name: 'conversations-insert',
    text: INSERT,
    values: [
      rows.map((row) => row.merchantId),
      all.map((conversation) => conversation.id),
      all.map((conversation) => conversation.accountId),
      all.map((conversation) => conversation.channel),
      all.map((conversation) => conversation.contact.id),
      rows.map((row) => row.contactAddress),
      all.map((conversation) => conversation.subject),
      all.map((conversation) => conversation.language),
      jsonColumn(all.map((conversation) => conversation.replyWindow)),
      jsonColumn(rows.map((row) => row.address)),
      jsonColumn(rows.map((row) => row.factsAt)),
      all.map((conversation) => conversation.createdAt),
      all.map((conversation) => conversation.updatedAt),
    ],
  });
  return inserted.rows.map((row) => ({ merchantId: row.merchant_id, id: row.id }));
}

const UPDATE = `
UPDATE conversations.conversations c SET subject = k.subject, state = k.state, language = k.language, language_fixed = k.language_fixed,
  assignee_id = k.assignee_id, owner_kind = k.owner_kind, owner_id = k.owner_id, owner_generation = k.owner_generation,
  tags = ARRAY(SELECT json_array_elements_text(k.tags::json)), priority = k.priority, orders = k.orders::jsonb,
  unread_count = k.unread_count, last_sequence = k.last_sequence, last_message = k.last_message::jsonb,
  reply_window = k.reply_window::jsonb, address = k.address::jsonb, facts_at = k.facts_at::jsonb,
  language_sequence = k.language_sequence, on_its_way = k.on_its_way, snoozed_until = k.snoozed_until, created_at = k.created_at,
  updated_at = k.updated_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[], $8::text[], $9::text[], $10::int[],
  ${fromJsonColumn(11)}, $12::text[], ${fromJsonColumn(13)}, $14::int[], $15::bigint[], ${fromJsonColumn(16)}, ${fromJsonColumn(17)},
  ${fromJsonColumn(18)}, ${fromJsonColumn(19)}, $20::bigint[], $21::int[], $22::timestamptz[], $23::timestamptz[], $24::timestamptz[])
AS k(merchant_id, id, subject, state, language, language_fixed, assignee_id, owner_kind, owner_id, owner_generation, tags, priority,
  orders, unread_count, last_sequence, last_message, reply_window, address, facts_at, language_sequence, on_its_way, snoozed_until,
  created_at, updated_at)
WHERE ${SAME_ROW}`;

export async function updateConversations(client: Queryable, rows: readonly StoredConversation[]): Promise<void> {
  if (rows.length === 0) return;
  const all = rows.map((row) => row.conversation);
  await client.query({
    name: 'conversations-update',
    text: UPDATE,
    values: [
      rows.map((row) => row.merchantId),
      all.map((conversation) => conversation.id),
      all.map((conversation) => conversation.subject),
      all.map((conversation) => conversation.state),
      all.map((conversation) => conversation.language),
      rows.map((row) => row.languageFixed),
      all.map((conversation) => conversation.assigneeId),
      all.map((conversation) => conversation.owner.kind),
      all.map((conversation) => conversation.owner.id),
      all.map((conversation) => conversation.owner.generation),
      jsonColumn(all.map((conversation) => conversation.tags)),
      all.map((conversation) => conversation.priority),
      jsonColumn(all.map((conversation) => conversation.orders)),
      all.map((conversation) => conversation.unreadCount),
      rows.map((row) => row.lastSequence),
      jsonColumn(all.map((conversation) => conversation.lastMessage)),
      jsonColumn(all.map((conversation) => conversation.replyWindow)),
      jsonColumn(rows.map((row) => row.address)),
      jsonColumn(rows.map((row) => row.factsAt)),
      rows.map((row) => row.languageSequence),
      rows.map((row) => row.onItsWay),
      rows.map((row) => row.snoozedUntil),
      all.map((conversation) => conversation.createdAt),
      all.map((conversation) => conversation.updatedAt),
    ],
  });
}

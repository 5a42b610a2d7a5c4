import { messageId as derivedMessageId, type Message, type OutboundMessage, plainText } from '@parley/model';
import type { Queryable } from './event-stream';
import { externalKey } from './rows/external-ids';
import { MESSAGE_COLUMNS, type MessageRow, messageOf, type OutboundFacts } from './rows/message-rows';

const PAGE_MAX = 200;
const TURN_LENGTH_MAX = 2_000;

export interface MessagePage {
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
  readonly notes?: boolean;
}

/** By sequence, oldest first; `before` gives the page that ends right before it. Notes are left out with `notes: false`. */
export async function listMessages(
  client: Queryable,
  merchantId: string,
  conversationId: string,
  page: MessagePage,
): Promise<{ data: Message[]; more: boolean }> {
  const limit = Math.max(1, Math.min(page.limit, PAGE_MAX));
  const backwards = page.before !== undefined && page.after === undefined;
  const { rows } = await client.query<MessageRow>(
    `SELECT ${MESSAGE_COLUMNS} FROM conversations.messages m
     WHERE m.merchant_id = $1 AND m.conversation_id = $2 AND m.sequence > $3 AND m.sequence < $4 AND ($5 OR NOT m.note)
     ORDER BY m.sequence ${backwards ? 'DESC' : ''} LIMIT $6`,
    [merchantId, conversationId, bounded(page.after, 0), bounded(page.before, SEQUENCE_MAX), page.notes ?? true, limit + 1],
  );
  const data = rows.slice(0, limit).map(messageOf);
  return { data: backwards ? data.reverse() : data, more: rows.length > limit };
}

const SEQUENCE_MAX = Number.MAX_SAFE_INTEGER;
const bounded = (sequence: number | undefined, otherwise: number): number =>
  sequence === undefined || !Number.isFinite(sequence) ? otherwise : Math.trunc(Math.max(0, Math.min(sequence, SEQUENCE_MAX)));

export async function getMessages(client: Queryable, merchantId: string, ids: readonly string[]): Promise<Message[]> {
  if (ids.length === 0) return [];
  const { rows } = await client.query<MessageRow>(
    `SELECT ${MESSAGE_COLUMNS} FROM conversations.messages m WHERE m.merchant_id = $1 AND m.id = ANY($2)`,
    [merchantId, ids],
  );
  const byId = new Map(rows.map((row) => [row.id, messageOf(row)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

export const getMessage = async (client: Queryable, merchantId: string, id: string): Promise<Message | null> =>
  (await getMessages(client, merchantId, [id]))[0] ?? null;

/** By any id the channel knows it under. */
export async function findByExternalId(
  client: Queryable,
  merchantId: string,
  accountId: string,
  externalId: string,
): Promise<Message | null> {
  const { rows } = await client.query<{ message_id: string }>(
    'SELECT message_id FROM conversations.message_external_ids WHERE merchant_id = $1 AND account_id = $2 AND external_id = $3',
    [merchantId, accountId, externalKey(externalId)],
  );
  return getMessage(client, merchantId, rows[0]?.message_id ?? derivedMessageId(accountId, externalId));
}

/** All ids the channel knows a message under, oldest first. */
export async function externalIdsOf(client: Queryable, merchantId: string, messageId: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT external_id AS id FROM conversations.message_external_ids WHERE merchant_id = $1 AND message_id = $2
     ORDER BY attempt, place, created_at, external_id`,
    [merchantId, messageId],
  );
  if (rows.length > 0) return rows.map((row) => row.id);
  const own = await getMessage(client, merchantId, messageId);
  return own?.externalId ? [own.externalId] : [];
}

/** How often the channel brought a message; 0 where it was written here. */
export async function timesSeen(client: Queryable, merchantId: string, messageId: string): Promise<number> {
  const { rows } = await client.query<{ seen: number }>(
    `SELECT CASE WHEN outbound IS NULL AND NOT note THEN seen ELSE 0 END AS seen FROM conversations.messages
     WHERE merchant_id = $1 AND id = $2`,
    [merchantId, messageId],
  );
  return rows[0]?.seen ?? 0;
}

/** Null for messages Parley did not send. */
export async function outboundFacts(client: Queryable, merchantId: string, messageId: string): Promise<OutboundFacts | null> {
  const { rows } = await client.query<{ outbound: OutboundFacts | null }>(
    'SELECT outbound FROM conversations.messages WHERE merchant_id = $1 AND id = $2',
    [merchantId, messageId],
  );
  return rows[0]?.outbound ?? null;
}

/** The latest turns, oldest first, without notes and recalled messages: context for a translation. */
export async function latestTurns(
  client: Queryable,
  merchantId: string,
  conversationId: string,
  limit: number,
): Promise<OutboundMessage['context']> {
  const { rows } = await client.query<MessageRow>(
    `SELECT ${MESSAGE_COLUMNS} FROM conversations.messages m
     WHERE m.merchant_id = $1 AND m.conversation_id = $2 AND NOT m.note AND m.recalled_at IS NULL
     ORDER BY m.sequence DESC LIMIT $3`,
    [merchantId, conversationId, Math.max(0, Math.min(limit, PAGE_MAX))],
  );
  return rows.reverse().flatMap((row) => {
    const text = plainText((row.edits.at(-1) ?? row).parts)
      .slice(0, TURN_LENGTH_MAX)
      .toWellFormed();
    return text === '' ? [] : [{ direction: row.direction, text, language: row.language }];
  });
}

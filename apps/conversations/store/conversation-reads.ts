import type { Conversation, ReplyAddress } from '@parley/model';
import { type Page, type PageQuery, pageLimit, pageOf, readCursor } from './cursor';
import type { Queryable } from './event-stream';
import { lockAccounts } from './rows/account-locks';
import {
  CONVERSATION_COLUMNS,
  CONVERSATION_TABLES,
  type ConversationRow,
  conversationOf,
  lockConversations,
  type StoredConversation,
  storedConversationOf,
} from './rows/conversation-rows';
import { searchQuery } from './search-terms';
import { storableText } from './storable';
import type { Transaction } from './transactions';

export interface ConversationFilter {
  readonly state?: Conversation['state'] | readonly Conversation['state'][];
  readonly accountId?: string;
  /** Only these accounts (a key bound to accounts). */
  readonly accountIds?: readonly string[];
  readonly channel?: string;
  /** Null: assigned to nobody. */
  readonly assigneeId?: string | null;
  readonly ownerKind?: Conversation['owner']['kind'];
  readonly contactId?: string;
  readonly tag?: string;
  readonly vip?: boolean;
  readonly unread?: boolean;
  /** BCP 47; `es` also finds `es-MX`. */
  readonly language?: string;
  /** RFC 3339. */
  readonly updatedAfter?: string;
  /** Words in any language, order numbers (also their beginning): original and translated text, subject, name, orders. */
  readonly q?: string;
}

const LIST = 'conversations';
/** A search that finds more than this is no search. */
const FOUND_MAX = 5_000;

/**
 * Newest change first. Messages and what people change move `updatedAt`; receipts, translations and reading do not, so that
 * a list does not jump under a reader's hand. @throws CursorError
 */
export async function listConversations(
  client: Queryable,
  merchantId: string,
  filter: ConversationFilter,
  page: PageQuery,
): Promise<Page<Conversation>> {
  const place = readCursor(LIST, merchantId, page.cursor);
  const limit = pageLimit(page.limit);
  const where = new Conditions();
  where.add('c.merchant_id = ?', merchantId);
  if (filter.q !== undefined && filter.q.trim() !== '') {
    const query = searchQuery(storableText(filter.q), merchantId);
    if (query === null) return { data: [], nextCursor: null };
    where.add(`c.id IN (SELECT conversations.search(?::tsquery, ${FOUND_MAX}))`, query);
  }
  addFilters(where, filter);
  if (place) where.add('(c.updated_at, c.id) < (?::timestamptz, ?)', place.at, place.id);
  const { rows } = await client.query<ConversationRow>(
    `SELECT ${CONVERSATION_COLUMNS} FROM ${CONVERSATION_TABLES} WHERE ${where.sql}
     ORDER BY c.updated_at DESC, c.id DESC LIMIT ${limit + 1}`,
    where.values,
  );
  return pageOf(LIST, merchantId, rows.map(conversationOf), limit, ({ updatedAt, id }) => ({ at: updatedAt, id }));
}

function addFilters(where: Conditions, filter: ConversationFilter): void {
  const { state, accountIds, assigneeId, language } = filter;
  if (typeof state === 'string') where.add('c.state = ?', state);
  else if (state) where.add('c.state = ANY(?)', state);
  where.addIfGiven('c.account_id = ?', filter.accountId);
  where.addIfGiven('c.account_id = ANY(?)', accountIds);
  where.addIfGiven('c.channel = ?', filter.channel);
  if (assigneeId === null) where.add('c.assignee_id IS NULL');
  else where.addIfGiven('c.assignee_id = ?', assigneeId);
  where.addIfGiven('c.owner_kind = ?', filter.ownerKind);
  where.addIfGiven('c.contact_id = ?', filter.contactId);
  where.addIfGiven('? = ANY(c.tags)', filter.tag);
  where.addIfGiven('coalesce(t.vip, false) = ?', filter.vip);
  if (filter.unread !== undefined) where.add(filter.unread ? 'c.unread_count > 0' : 'c.unread_count = 0');
  if (language !== undefined) where.add(`lower(c.language) || '-' LIKE ?`, `${likely(storableText(language).toLowerCase())}-%`);
  where.addIfGiven('c.updated_at > ?::timestamptz', filter.updatedAfter);
}

const likely = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** Conditions joined by AND; each `?` of one becomes the next parameter. */
class Conditions {
  private readonly conditions: string[] = [];
  readonly values: unknown[] = [];

  add(condition: string, ...values: readonly unknown[]): void {
    const given = values.values();
    this.conditions.push(
      condition.replace(/\?/g, () => {
        const value: unknown = given.next().value;
        this.values.push(typeof value === 'string' ? storableText(value) : value);
        return `$${this.values.length}`;
      }),
    );
  }
  addIfGiven(condition: string, value: unknown): void {
    if (value !== undefined) this.add(condition, value);
  }
  get sql(): string {
    return this.conditions.join(' AND ');
  }
}

async function read(client: Queryable, merchantId: string, id: string): Promise<StoredConversation | null> {
  const { rows } = await client.query<ConversationRow>(
    `SELECT ${CONVERSATION_COLUMNS} FROM ${CONVERSATION_TABLES} WHERE c.merchant_id = $1 AND c.id = $2`,
    [merchantId, storableText(id)],
  );
  return rows[0] ? storedConversationOf(rows[0]) : null;
}

export const getConversation = async (client: Queryable, merchantId: string, id: string): Promise<Conversation | null> =>
  (await read(client, merchantId, id))?.conversation ?? null;

/** A conversation with what only the inside of the house needs for answering in it. */
export interface Thread {
  readonly merchantId: string;
  readonly conversation: Conversation;
  readonly contact: { readonly id: string; readonly address: string; readonly name: string | null };
  readonly address: ReplyAddress;
  readonly languageFixed: boolean;
  readonly lastSequence: number;
}

export const threadOf = (row: StoredConversation): Thread => ({
  merchantId: row.merchantId,
  conversation: row.conversation,
  contact: { id: row.conversation.contact.id, address: row.contactAddress, name: row.conversation.contact.name },
  address: row.address,
  languageFixed: row.languageFixed,
  lastSequence: row.lastSequence,
});

export async function getThread(client: Queryable, merchantId: string, id: string): Promise<Thread | null> {
  const row = await read(client, merchantId, id);
  return row && threadOf(row);
}

/** The same, with the conversation's row locked until the transaction ends. */
export async function lockThread(tx: Transaction, merchantId: string, id: string): Promise<Thread | null> {
  const row = await lockConversation(tx, merchantId, id);
  return row && threadOf(row);
}

/** The account's lock comes first, as with all who store: a reply may be stored in the same transaction. */
export async function lockConversation(tx: Transaction, merchantId: string, id: string): Promise<StoredConversation | null> {
  const before = await read(tx.client, merchantId, id);
  if (!before) return null;
  await lockAccounts(tx.client, [{ merchantId, accountId: before.conversation.accountId, alone: false }]);
  const [row] = await lockConversations(tx.client, [{ merchantId, id }]);
  return row ?? null;
}

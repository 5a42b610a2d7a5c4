import {
  type Conversation,
  describePart,
  type InboundMessage,
  type Message,
  type OrderRef,
  type OutboundMessage,
  type Part,
  type ReplyAddress,
  type ReplyWindow,
} from '@parley/model';
import type { StoredContact } from '../rows/contact-rows';
import type { StoredConversation } from '../rows/conversation-rows';
import { DECIDED, newerFact, olderFact } from '../rows/facts-at';
import { conversationText } from '../rows/search-rows';
import { storableTime } from '../storable';
import type { Workspace } from './workspace';

const PREVIEW_LENGTH_MAX = 240;
const ORDERS_MAX = 50;

/** One line for lists. */
export function preview(parts: readonly Part[]): string {
  const text = parts
    .map(describePart)
    .join(' ')
    .slice(0, PREVIEW_LENGTH_MAX * 4)
    .replace(/\s+/g, ' ')
    .trim();
  if (text.length <= PREVIEW_LENGTH_MAX) return text.toWellFormed();
  // No character is more than two units.
  const characters = [...text.slice(0, PREVIEW_LENGTH_MAX * 2 + 2)];
  return characters.length <= PREVIEW_LENGTH_MAX
    ? text.toWellFormed()
    : `${characters.slice(0, PREVIEW_LENGTH_MAX - 1).join('')}…`;
}

/** What a channel, or the shop's own reply, says about the thread. */
export interface ThreadFacts {
  readonly subject?: string | null;
  readonly address?: ReplyAddress;
  readonly replyWindow?: ReplyWindow;
  readonly orders?: readonly OrderRef[];
  readonly at: string;
}

/** A conversation as its first message opens it. */
export function newConversation(
  of: Pick<InboundMessage, 'merchantId' | 'accountId' | 'channel' | 'conversationId' | 'subject' | 'address' | 'replyWindow'>,
  contact: { readonly id: string; readonly address: string },
  language: string,
  at: { readonly openedAt: string; readonly now: string },
): StoredConversation {
  return {
    merchantId: of.merchantId,
    conversation: {
      id: of.conversationId,
      accountId: of.accountId,
      channel: of.channel,
      subject: of.subject,
      state: 'open',
      language,
      contact: { id: contact.id, name: null, country: null, timeZone: null, vip: false },
      assigneeId: null,
      owner: { kind: 'none', id: null, generation: 0 },
      tags: [],
      priority: 'normal',
      orders: [],
      unreadCount: 0,
      lastMessage: null,
      replyWindow: of.replyWindow,
      clocks: [],
      createdAt: at.openedAt,
      updatedAt: at.now,
    },
    contactAddress: contact.address,
    address: of.address,
    factsAt: {},
    languageFixed: false,
    languageSequence: 0,
    onItsWay: 0,
    lastSequence: 0,
    snoozedUntil: null,
  };
}

/** Takes over what is newer than what is known. @returns the names of the public fields that changed. */
export function renewConversation(row: StoredConversation, facts: ThreadFacts): string[] {
  const { conversation, factsAt } = row;
  const before = { subject: conversation.subject, replyWindow: conversation.replyWindow, orders: conversation.orders };
  conversation.subject = olderFact(factsAt, 'subject', conversation.subject, facts.subject, facts.at);
  row.address = newerFact(factsAt, 'address', row.address, facts.address, facts.at);
  conversation.replyWindow = newerFact(factsAt, 'replyWindow', conversation.replyWindow, facts.replyWindow, facts.at);
  if (facts.orders && facts.orders.length > 0) renewOrders(row, facts.orders, facts.at);
  return (['subject', 'replyWindow', 'orders'] as const).filter((name) => conversation[name] !== before[name]);
}

/** Each order by itself: a thread may come to speak of another one without giving up the first. */
function renewOrders(row: StoredConversation, said: readonly OrderRef[], at: string): void {
  const { conversation, factsAt } = row;
  const known = new Map(conversation.orders.map((order) => [order.id, order]));
  let changed = false;
  for (const order of said) {
    const before = known.get(order.id) ?? null;
    const after = newerFact<OrderRef | null>(factsAt, `order:${order.id}`, before, order, at);
    if (after === null || after === before) continue;
    known.set(order.id, after);
    changed = true;
  }
  if (!changed) return;
  const orders = [...known.values()].sort(newestOrderFirst);
  for (const dropped of orders.slice(ORDERS_MAX)) delete factsAt[`order:${dropped.id}`];
  conversation.orders = orders.slice(0, ORDERS_MAX);
}

const newestOrderFirst = (a: OrderRef, b: OrderRef): number =>
  (Date.parse(b.placedAt ?? '') || 0) - (Date.parse(a.placedAt ?? '') || 0) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

export interface ContactNews {
  readonly name?: string | null;
  readonly country?: string | null;
  readonly language?: string | null;
  readonly timeZone?: string | null;
  /** Null: what was read from here once, and only fills gaps. */
  readonly at: string | null;
}
const contactFields = ['name', 'country', 'language', 'timeZone'] as const;

export const isNews = (contact: StoredContact, news: ContactNews): boolean =>
  contactFields.some((field) => news[field] && news[field] !== contact[field]);

/**
 * Takes over what is newer. The times are kept with the conversation, which each message rewrites anyway: so a contact's row is
 * written only when something about the person changed. @returns whether it did.
 */
export function renewContact(row: StoredConversation, contact: StoredContact, news: ContactNews): boolean {
  let changed = false;
  for (const field of contactFields) {
    const said = news[field] || null;
    if (said === null || contact.factsAt[field] === DECIDED || (news.at === null && contact[field] !== null)) continue;
    const known = contact[field];
    if (news.at === null) contact[field] = said;
    else contact[field] = newerFact(row.factsAt, `contact.${field}`, known, said, news.at);
    changed ||= contact[field] !== known;
  }
  return changed;
}

/** What the entry that brings a message says about the person. */
export function contactNews(entry: InboundMessage | OutboundMessage): ContactNews {
  if (!('sentAt' in entry)) return { name: entry.contact.name, at: null };
  const { name, country, language, timeZone } = entry.contact;
  return { name, country, language, timeZone, at: storableTime(entry.sentAt, entry.receivedAt) };
}

/** The newest message of the thread is what a list shows of it. */
export function showLast(row: StoredConversation, message: Message): void {
  const { conversation } = row;
  if (message.note || (conversation.lastMessage && conversation.lastMessage.sequence > message.sequence)) return;
  const shown = message.edits.at(-1) ?? message;
  const translation =
    message.direction === 'inbound' ? (message.edits.at(-1) ? message.edits.at(-1)?.translation : message.translations[0]) : null;
  conversation.lastMessage = {
    id: message.id,
    sequence: message.sequence,
    direction: message.direction,
    text: preview(shown.parts),
    translatedText: translation ? preview(translation.parts) : null,
    at: message.sentAt,
    deliveryState: message.delivery?.state ?? null,
  };
}

export function makeConversationFindable(workspace: Workspace, row: StoredConversation): void {
  const { merchantId, conversation } = row;
  workspace.makeFindable({
    merchantId,
    subjectId: conversation.id,
    source: 'conversation',
    conversationId: conversation.id,
    text: conversationText(conversation, row.contactAddress),
  });
}

/** Takes over what is said about a person and greets who was not known before. @returns whether the buyer's facts changed. */
export function meet(workspace: Workspace, row: StoredConversation, contactId: string, news: ContactNews, at: string): boolean {
  const { merchantId, conversation } = row;
  const contact = workspace.contact(merchantId, contactId);
  if (!contact) return false;
  // Somebody else in the thread: their facts are not timed by it.
  const isBuyer = contactId === conversation.contact.id;
  const changed = renewContact(row, contact, isBuyer ? news : { ...news, at: null });
  if (changed) workspace.touchContact(contact);
  if (workspace.isMeeting(contact)) {
    const of = { merchantId, accountId: conversation.accountId, conversationId: null, subject: contact.id };
    workspace.emit('parley.contact.created.v1', of, '', at, { contactId: contact.id, name: contact.name });
  }
  return changed && isBuyer;
}

/** Said once, with the first message in it, or when the shop opened it. @returns whether it was said now. */
export function announceOpening(workspace: Workspace, row: StoredConversation): boolean {
  if (!workspace.isOpening(row)) return false;
  const { merchantId, conversation } = row;
  const of = { merchantId, accountId: conversation.accountId, conversationId: conversation.id };
  workspace.emit('parley.conversation.opened.v1', of, '', conversation.createdAt, { conversation });
  return true;
}

export function announceChange(
  workspace: Workspace,
  row: StoredConversation,
  changed: string[],
  discriminator: string,
  at: string,
): void {
  const { merchantId, conversation } = row;
  const of = { merchantId, accountId: conversation.accountId, conversationId: conversation.id };
  workspace.emit('parley.conversation.changed.v1', of, discriminator, at, { conversation, changed });
}

/** Later than before, in our clock: lists and `updatedAfter` go by it. */
export function bumpUpdated(conversation: Conversation, now: string): void {
  if (now > conversation.updatedAt) conversation.updatedAt = now;
}

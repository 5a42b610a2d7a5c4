import type { Author, Conversation, EventType, Message, Part, ReplyAddress, ReplyWindow } from '@parley/model';
import { lockConversation, type Thread, threadOf } from './conversation-reads';
import {
  announceChange,
  announceOpening,
  bumpUpdated,
  makeConversationFindable,
  meet,
  newConversation,
} from './flow/conversation-facts';
import { addToThread } from './flow/messages';
import { Workspace } from './flow/workspace';
import { getMessage } from './message-reads';
import { lockAccounts } from './rows/account-locks';
import { lockConversations, type StoredConversation, updateConversations } from './rows/conversation-rows';
import { DECIDED } from './rows/facts-at';
import { conversationText, saveSearchRows } from './rows/search-rows';
import { storable, storableText, storableTime } from './storable';
import type { Transaction } from './transactions';

export interface ConversationPatch {
  readonly state?: Conversation['state'];
  /** RFC 3339; only with (and required for) state `snoozed`. */
  readonly snoozedUntil?: string | null;
  readonly assigneeId?: string | null;
  readonly tags?: readonly string[];
  readonly priority?: Conversation['priority'];
  /** A person says the language: detection leaves it alone from then on. Null: detection may have it again. */
  readonly language?: string | null;
  readonly subject?: string | null;
  /** True: read up to the end. False: marked unread (at least 1). */
  readonly read?: boolean;
}

/**
 * Null when there is none. Changes what differs and emits conversation.assigned, .closed and .changed for it (only .changed,
 * with every changed field, when neither assignee nor closing is concerned); no difference, no event.
 */
export async function patchConversation(
  tx: Transaction,
  merchantId: string,
  id: string,
  patch: ConversationPatch,
): Promise<Conversation | null> {
  const row = await lockConversation(tx, merchantId, id);
  if (!row) return null;
  const now = new Date().toISOString();
  const changed = applyPatch(row, storable(patch), now);
  if (changed.length === 0) {
    await updateConversations(tx.client, [row]);
    return row.conversation;
  }
  // Reading does not move a conversation under the reader's hand.
  if (changed.some((field) => field !== 'unreadCount')) bumpUpdated(row.conversation, now);
  await updateConversations(tx.client, [row]);
  if (changed.includes('subject')) await makeFindable(tx, row);
  announcePatch(tx, row, changed, now);
  return row.conversation;
}

/** @returns the names of the public fields that changed. */
function applyPatch(row: StoredConversation, patch: ConversationPatch, now: string): string[] {
  const { conversation } = row;
  const before = structuredClone(conversation);
  const snoozedBefore = row.snoozedUntil;
  if (patch.state !== undefined) {
    conversation.state = patch.state;
    row.snoozedUntil = patch.state === 'snoozed' && patch.snoozedUntil ? storableTime(patch.snoozedUntil, now) : null;
  }
  if (patch.assigneeId !== undefined) conversation.assigneeId = patch.assigneeId;
  if (patch.tags !== undefined) conversation.tags = [...new Set(patch.tags)];
  if (patch.priority !== undefined) conversation.priority = patch.priority;
  if (patch.language !== undefined) {
    row.languageFixed = patch.language !== null;
    if (patch.language !== null) conversation.language = patch.language;
  }
  if (patch.subject !== undefined) {
    conversation.subject = patch.subject;
    row.factsAt['subject'] = DECIDED;
  }
  if (patch.read === true) conversation.unreadCount = 0;
  if (patch.read === false) conversation.unreadCount = Math.max(1, conversation.unreadCount);
  const fields = ['state', 'assigneeId', 'tags', 'priority', 'language', 'subject', 'unreadCount'] as const;
  const changed: string[] = fields.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(conversation[field]));
  if (snoozedBefore !== row.snoozedUntil && !changed.includes('state')) changed.push('snoozedUntil');
  return changed;
}

function announcePatch(tx: Transaction, row: StoredConversation, changed: string[], now: string): void {
  const assigned = changed.includes('assigneeId');
  const closed = changed.includes('state') && row.conversation.state === 'closed';
  if (assigned) announce(tx, row, 'parley.conversation.assigned.v1', now);
  if (closed) announce(tx, row, 'parley.conversation.closed.v1', now);
  const rest = changed.filter((field) => !(field === 'assigneeId' || (field === 'state' && closed)));
  if (rest.length > 0) announce(tx, row, 'parley.conversation.changed.v1', now, rest);
}

type Announced = Extract<EventType, `parley.conversation.${string}` | 'parley.owner.changed.v1'>;

/** A change by hand is told apart from others like it by its moment. */
function announce(
  tx: Transaction,
  { merchantId, conversation }: StoredConversation,
  type: Announced,
  now: string,
  changed: string[] = [],
) {
  const data = type === 'parley.conversation.changed.v1' ? { conversation, changed } : { conversation };
  tx.emit({
    type,
    merchantId,
    accountId: conversation.accountId,
    conversationId: conversation.id,
    subject: conversation.id,
    discriminator: `${now}/${process.hrtime.bigint()}`,
    time: now,
    data: data as { conversation: Conversation; changed: string[] },
  });
}

const makeFindable = (tx: Transaction, { merchantId, conversation, contactAddress }: StoredConversation): Promise<void> =>
  saveSearchRows(tx.client, [
    {
      merchantId,
      subjectId: conversation.id,
      source: 'conversation',
      conversationId: conversation.id,
      text: conversationText(conversation, contactAddress),
    },
  ]);

/**
 * Takes over, hands back or frees: the generation grows by one, event owner.changed. With `ifGeneration`, only when it
 * still is that one. Null when there is none; `stale` when another owner came first.
 */
export async function changeOwner(
  tx: Transaction,
  merchantId: string,
  id: string,
  owner: { readonly kind: 'bot' | 'agent' | 'none'; readonly id: string | null; readonly ifGeneration?: number },
): Promise<Conversation | 'stale' | null> {
  const row = await lockConversation(tx, merchantId, id);
  if (!row) return null;
  const { conversation } = row;
  const { generation } = conversation.owner;
  if (owner.ifGeneration !== undefined && owner.ifGeneration !== generation) return 'stale';
  const now = new Date().toISOString();
  conversation.owner = { kind: owner.kind, id: owner.id === null ? null : storableText(owner.id), generation: generation + 1 };
  bumpUpdated(conversation, now);
  await updateConversations(tx.client, [row]);
  announce(tx, row, 'parley.owner.changed.v1', now);
  return conversation;
}

export interface NewConversation {
  readonly merchantId: string;
  readonly id: string;
  readonly accountId: string;
  readonly channel: string;
  readonly contact: {
    readonly id: string;
    readonly address: string;
    readonly name: string | null;
    readonly language?: string | null;
    readonly country?: string | null;
  };
  readonly subject: string | null;
  readonly language?: string;
  readonly address: ReplyAddress;
  readonly replyWindow: ReplyWindow;
}

/** Creates contact and conversation where missing (events contact.created, conversation.opened); else returns what is there. */
export async function openConversation(tx: Transaction, conversation: NewConversation): Promise<Thread> {
  const { merchantId, id, accountId, channel, contact, subject, address, replyWindow, language } = storable(conversation);
  const workspace = new Workspace(tx);
  await lockAccounts(tx.client, [{ merchantId, accountId, alone: false }]);
  await workspace.lockConversations([{ merchantId, id }]);
  const at = { openedAt: workspace.now, now: workspace.now };
  const of = { merchantId, accountId, channel, conversationId: id, subject, address, replyWindow };
  if (!workspace.conversation(merchantId, id)) {
    await workspace.openConversations([newConversation(of, contact, language ?? 'und', at)]);
  }
  await workspace.loadContacts([{ key: { merchantId, id: contact.id }, changes: () => false }]);
  const row = workspace.conversation(merchantId, id);
  if (!row) throw new Error(`Conversation ${id} could not be opened`);
  const { name, country } = contact;
  meet(workspace, row, contact.id, { name, country, language: contact.language, at: null }, workspace.now);
  workspace.addIdentity({ merchantId, accountId, address: contact.address, contactId: contact.id, channel, verified: false });
  if (announceOpening(workspace, row)) makeConversationFindable(workspace, row);
  await workspace.write();
  return threadOf(row);
}

/** A private note: stored in the thread, never on the log, no unread. Same id twice: stored once. Null: no such conversation. */
export async function storeNote(
  tx: Transaction,
  given: {
    readonly merchantId: string;
    readonly conversationId: string;
    readonly messageId: string;
    readonly author: Author;
    readonly parts: readonly Part[];
    readonly language: string;
    readonly clientKey: string | null;
    readonly at: string;
  },
): Promise<Message | null> {
  const note = storable(given);
  const { merchantId, conversationId, messageId } = note;
  const workspace = new Workspace(tx);
  const before = await lockConversation(tx, merchantId, conversationId);
  if (!before) return null;
  const known = await getMessage(tx.client, merchantId, messageId);
  if (known) return known;
  await workspace.lockConversations([{ merchantId, id: conversationId }]);
  const row = workspace.conversation(merchantId, conversationId);
  if (!row) return null;
  const at = storableTime(note.at, workspace.now);
  const { accountId, channel } = row.conversation;
  const message: Message = {
    id: messageId,
    conversationId,
    accountId,
    channel,
    direction: 'outbound',
    sequence: row.lastSequence + 1,
    author: note.author,
    parts: [...note.parts],
    language: note.language,
    translations: [],
    translationStatus: 'not-needed',
    replyTo: null,
    externalId: null,
    clientKey: note.clientKey,
    note: true,
    sentAt: at,
    receivedAt: at,
    delivery: null,
    reactions: [],
    edits: [],
    recalledAt: null,
  };
  addToThread(workspace, row, { merchantId, message, automatic: false, attributes: {}, outbound: null });
  announceChange(workspace, row, ['notes'], messageId, at);
  await workspace.write();
  return message;
}

/** Opens snoozed conversations whose time has come. Run it for '*'. @returns how many; call it again while it is `limit`. */
export async function wakeSnoozed(tx: Transaction, limit: number): Promise<number> {
  const { rows } = await tx.client.query<{ merchantId: string; id: string }>(
    `SELECT merchant_id AS "merchantId", id FROM conversations.conversations
     WHERE state = 'snoozed' AND snoozed_until <= now() ORDER BY snoozed_until LIMIT $1`,
    [limit],
  );
  const now = new Date().toISOString();
  const locked = await lockConversations(tx.client, rows);
  const due = locked.filter(
    (row) => row.conversation.state === 'snoozed' && row.snoozedUntil !== null && row.snoozedUntil <= now,
  );
  for (const row of due) {
    row.conversation.state = 'open';
    row.snoozedUntil = null;
    bumpUpdated(row.conversation, now);
  }
  await updateConversations(tx.client, due);
  for (const row of due) announce(tx, row, 'parley.conversation.changed.v1', now, ['state']);
  return rows.length;
}

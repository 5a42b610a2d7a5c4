import type { InboundMessage, Message } from '@parley/model';
import type { StoredConversation } from '../rows/conversation-rows';
import type { StoredMessage } from '../rows/message-rows';
import { partsText } from '../rows/search-rows';
import { storableTime } from '../storable';
import {
  announceChange,
  announceOpening,
  bumpUpdated,
  contactNews,
  makeConversationFindable,
  meet,
  renewConversation,
  showLast,
} from './conversation-facts';
import { attachExternalId, changeDelivery } from './deliveries';
import {
  conversationTarget,
  externalTarget,
  type Fact,
  idleTarget,
  messageTarget,
  ownKey,
  type ReplyLink,
  targetOf,
} from './facts';
import type { Workspace } from './workspace';

const ADDRESS_LENGTH_MAX = 400;

/** A message of the buyer. */
export function takeMessage(workspace: Workspace, entry: InboundMessage): void {
  const known = workspace.message(entry.merchantId, entry.messageId);
  if (known) {
    workspace.countRepeat(known);
    return;
  }
  const row = workspace.conversation(entry.merchantId, entry.conversationId);
  if (!row) throw new Error(`The conversation of message ${entry.messageId} was not loaded`);
  const stored = storeFromChannel(workspace, row, entry, { delivery: null, translationStatus: 'pending' });
  row.conversation.unreadCount += 1;
  const reopened = !entry.automatic && reopen(row);
  announceReceived(workspace, row, stored);
  if (reopened) announceChange(workspace, row, ['state'], stored.message.id, stored.message.receivedAt);
}

/**
 * A message of the shop as the channel shows it. Ours is known by our own id where the channel gives it back, else by the id it got when
 * it was sent; as long as a reply is on its way, whose id at the channel is not known, any may be that one.
 */
export function takeEcho(workspace: Workspace, { entry, late = false }: Extract<Fact, { kind: 'echo' }>): void {
  const { merchantId, accountId, externalId, conversationId } = entry;
  const known = workspace.message(merchantId, entry.messageId);
  if (known) {
    workspace.countRepeat(known);
    return;
  }
  const about = { merchantId, accountId, messageId: ownKey(entry), externalId };
  const ours = workspace.find(about);
  if (ours) {
    recognise(workspace, ours, entry);
    return;
  }
  if (about.messageId !== null && !late) {
    workspace.wait(messageTarget(entry, about.messageId), { kind: 'echo', entry });
    return;
  }
  const row = workspace.conversation(merchantId, conversationId);
  if (!row) throw new Error(`The conversation of message ${entry.messageId} was not loaded`);
  if (row.onItsWay > 0 && !late) {
    workspace.wait(idleTarget(entry, conversationId), { kind: 'echo', entry });
    return;
  }
  const at = storableTime(entry.sentAt, entry.receivedAt);
  const delivery = { state: 'sent' as const, attempt: 1, error: null, history: [{ state: 'sent' as const, at, attempt: 1 }] };
  announceReceived(workspace, row, storeFromChannel(workspace, row, entry, { delivery, translationStatus: 'not-needed' }));
}

/** Seen at the channel: it was sent, whatever else we know or do not know. */
function recognise(workspace: Workspace, ours: StoredMessage, entry: InboundMessage): void {
  if (ours.message.direction !== 'outbound' || ours.message.note) return;
  const attempt = ours.message.delivery?.attempt ?? 1;
  attachExternalId(workspace, ours, entry.externalId, attempt, 0);
  changeDelivery(workspace, ours, { state: 'sent', at: storableTime(entry.sentAt, entry.receivedAt), attempt });
}

function storeFromChannel(
  workspace: Workspace,
  row: StoredConversation,
  entry: InboundMessage,
  state: Pick<Message, 'delivery' | 'translationStatus'>,
): StoredMessage {
  const sentAt = storableTime(entry.sentAt, entry.receivedAt);
  const stored: StoredMessage = {
    merchantId: entry.merchantId,
    message: {
      id: entry.messageId,
      conversationId: row.conversation.id,
      accountId: entry.accountId,
      channel: entry.channel,
      direction: entry.direction,
      sequence: row.lastSequence + 1,
      author: entry.author,
      parts: entry.parts,
      language: 'und',
      translations: [],
      translationStatus: state.translationStatus,
      replyTo: null,
      externalId: entry.externalId,
      clientKey: entry.clientKey,
      note: false,
      sentAt,
      receivedAt: entry.receivedAt,
      delivery: state.delivery,
      reactions: [],
      edits: [],
      recalledAt: null,
    },
    automatic: entry.automatic,
    attributes: entry.attributes,
    outbound: null,
  };
  learnFrom(workspace, row, entry, sentAt);
  linkReply(workspace, stored, entry.replyToExternalId);
  addToThread(workspace, row, stored);
  return stored;
}

/** What the entry says about person and thread. */
function learnFrom(workspace: Workspace, row: StoredConversation, entry: InboundMessage, at: string): void {
  const { merchantId, accountId, channel } = entry;
  const renamed = meet(workspace, row, entry.contact.id, contactNews(entry), entry.receivedAt);
  if (entry.contact.address.length <= ADDRESS_LENGTH_MAX) {
    const { address, id, verified } = entry.contact;
    workspace.addIdentity({ merchantId, accountId, address, contactId: id, channel, verified });
  }
  const { subject, address, orders } = entry;
  // What the shop says elsewhere neither opens nor closes the time it has to answer.
  const replyWindow = entry.direction === 'inbound' ? entry.replyWindow : undefined;
  const changed = renewConversation(row, { subject, address, replyWindow, orders, at });
  if (entry.receivedAt < row.conversation.createdAt) row.conversation.createdAt = entry.receivedAt;
  if (renamed || row.lastSequence === 0 || changed.includes('orders') || changed.includes('subject'))
    makeConversationFindable(workspace, row);
}

function linkReply(workspace: Workspace, stored: StoredMessage, toExternalId: string | null): void {
  if (toExternalId === null) return;
  const { merchantId, message } = stored;
  takeLink(workspace, { merchantId, accountId: message.accountId, messageId: message.id, toExternalId }, stored);
}

/** Says which message this one answers, as soon as that is known. */
export function takeLink(workspace: Workspace, link: ReplyLink, known?: StoredMessage): void {
  const stored = known ?? workspace.message(link.merchantId, link.messageId);
  if (!stored || stored.message.replyTo !== null) return;
  const about = { merchantId: link.merchantId, accountId: link.accountId, messageId: null, externalId: link.toExternalId };
  const answered = workspace.find(about);
  if (!answered) {
    workspace.wait(targetOf(about), { kind: 'link', entry: link });
    return;
  }
  stored.message.replyTo = answered.message.id;
  workspace.touchMessage(stored);
}

/** Gives the message its place and wakes what waited for it. */
export function addToThread(workspace: Workspace, row: StoredConversation, stored: StoredMessage): void {
  const { merchantId, message } = stored;
  row.lastSequence += 1;
  message.sequence = row.lastSequence;
  workspace.addMessage(stored);
  workspace.touchConversation(row);
  showLast(row, message);
  bumpUpdated(row.conversation, workspace.now);
  workspace.makeFindable({
    merchantId,
    subjectId: message.id,
    source: 'text',
    conversationId: message.conversationId,
    text: partsText(message.parts),
  });
  workspace.wake(conversationTarget({ merchantId, accountId: message.accountId }, message.conversationId));
  workspace.wake(messageTarget({ merchantId, accountId: message.accountId }, message.id));
  if (message.externalId !== null)
    workspace.wake(externalTarget({ merchantId, accountId: message.accountId }, message.externalId));
}

/** A buyer who writes again wants an answer; one whom a bot is about to answer gets it from there. */
function reopen(row: StoredConversation): boolean {
  const { state, owner } = row.conversation;
  if (state === 'open' || (state === 'pending' && owner.kind === 'bot')) return false;
  row.conversation.state = 'open';
  row.snoozedUntil = null;
  return true;
}

function announceReceived(workspace: Workspace, row: StoredConversation, { merchantId, message }: StoredMessage): void {
  announceOpening(workspace, row);
  const of = { merchantId, accountId: message.accountId, conversationId: message.conversationId };
  workspace.emit('parley.message.received.v1', of, message.id, message.receivedAt, { message });
}

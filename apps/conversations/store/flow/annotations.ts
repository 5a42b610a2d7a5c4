import type { Message } from '@parley/model';
import type { StoredMessage } from '../rows/message-rows';
import { partsText } from '../rows/search-rows';
import { storableTime } from '../storable';
import {
  announceChange,
  isNews,
  makeConversationFindable,
  renewContact,
  renewConversation,
  showLast,
} from './conversation-facts';
import { aboutOf, conversationTarget, type Fact, messageTarget, targetOf } from './facts';
import type { Workspace } from './workspace';

/** More than anybody puts on one message; the log has them all. */
const HISTORY_MAX = 500;

/** The message a fact is about; where it is not there yet, the fact waits for it. */
function messageFor(
  workspace: Workspace,
  fact: Extract<Fact, { kind: 'reaction' | 'edit' | 'recall' }>,
): StoredMessage | undefined {
  const about = aboutOf(fact);
  if (!about) return undefined;
  const stored = workspace.find(about);
  if (!stored) workspace.wait(targetOf(about), fact);
  return stored;
}

const ofMessage = (merchantId: string, { accountId, conversationId }: Message) => ({ merchantId, accountId, conversationId });

export function takeReaction(workspace: Workspace, fact: Extract<Fact, { kind: 'reaction' }>): void {
  const stored = messageFor(workspace, fact);
  if (!stored) return;
  const { merchantId, message } = stored;
  const { emoji, author } = fact.entry;
  const at = storableTime(fact.entry.at, fact.entry.receivedAt);
  const isKnown = message.reactions.some((other) => other.at === at && other.emoji === emoji && other.author.id === author.id);
  if (isKnown || message.reactions.length >= HISTORY_MAX) return;
  const reaction = { emoji, author, at };
  message.reactions = [...message.reactions, reaction].sort(byTime);
  workspace.touchMessage(stored);
  const { conversationId, id: messageId } = message;
  const discriminator = `${messageId}/${author.id}/${at}/${emoji ?? ''}`;
  workspace.emit('parley.message.reacted.v1', ofMessage(merchantId, message), discriminator, at, {
    conversationId,
    messageId,
    reaction,
    message,
  });
}

export function takeEdit(workspace: Workspace, fact: Extract<Fact, { kind: 'edit' }>): void {
  const stored = messageFor(workspace, fact);
  if (!stored) return;
  const { merchantId, message } = stored;
  const { parts } = fact.entry;
  const at = storableTime(fact.entry.at, fact.entry.receivedAt);
  const isKnown = message.edits.some((other) => other.at === at && JSON.stringify(other.parts) === JSON.stringify(parts));
  if (isKnown || message.edits.length >= HISTORY_MAX) return;
  const edit = { parts, at };
  message.edits = [...message.edits, edit].sort(byTime);
  workspace.touchMessage(stored);
  const { conversationId, id: messageId } = message;
  const text = partsText(parts);
  workspace.makeFindable({ merchantId, subjectId: messageId, source: `edit:${at}`, conversationId, text });
  const row = workspace.conversation(merchantId, conversationId);
  if (row?.conversation.lastMessage?.id === messageId) {
    showLast(row, message);
    workspace.touchConversation(row);
  }
  workspace.emit('parley.message.edited.v1', ofMessage(merchantId, message), `${messageId}/${at}`, at, {
    conversationId,
    messageId,
    edit,
    message,
  });
  workspace.wake(messageTarget({ merchantId, accountId: message.accountId }, messageId));
}

export function takeRecall(workspace: Workspace, fact: Extract<Fact, { kind: 'recall' }>): void {
  const stored = messageFor(workspace, fact);
  if (!stored) return;
  const { merchantId, message } = stored;
  const recalledAt = storableTime(fact.entry.at, fact.entry.receivedAt);
  const before = message.recalledAt;
  if (before !== null && before <= recalledAt) return;
  message.recalledAt = recalledAt;
  workspace.touchMessage(stored);
  if (before !== null) return;
  const { conversationId, id: messageId } = message;
  workspace.emit('parley.message.recalled.v1', ofMessage(merchantId, message), messageId, recalledAt, {
    conversationId,
    messageId,
    recalledAt,
    message,
  });
}

/** Facts about the thread itself. */
export function takeThread(workspace: Workspace, fact: Extract<Fact, { kind: 'thread' }>): void {
  const { merchantId, conversationId, orders, replyWindow, address, contact: said } = fact.entry;
  const row = workspace.conversation(merchantId, conversationId);
  if (!row) {
    workspace.wait(conversationTarget(fact.entry, conversationId), fact);
    return;
  }
  const at = storableTime(fact.entry.at, fact.entry.receivedAt);
  const changed = renewConversation(row, { orders, replyWindow, address, at });
  const contact = workspace.contact(merchantId, row.conversation.contact.id);
  const news = { name: said?.name, country: said?.country, at };
  if (contact && isNews(contact, news) && renewContact(row, contact, news)) {
    workspace.touchContact(contact);
    changed.push('contact');
  }
  workspace.touchConversation(row);
  if (changed.length === 0) return;
  makeConversationFindable(workspace, row);
  announceChange(workspace, row, changed, `thread/${at}/${changed.join()}`, at);
}

function byTime<T extends { readonly at: string }>(a: T, b: T): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  const [first, second] = [JSON.stringify(a), JSON.stringify(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}

import { type Message, type OutboundMessage, type OutboundTranslated, plainText, startDelivery } from '@parley/model';
import type { StoredConversation } from '../rows/conversation-rows';
import type { OutboundFacts, StoredMessage } from '../rows/message-rows';
import { partsText } from '../rows/search-rows';
import { storableTime } from '../storable';
import { announceOpening, contactNews, makeConversationFindable, meet } from './conversation-facts';
import { changeDelivery } from './deliveries';
import { addToThread } from './messages';
import type { Workspace } from './workspace';

const ATTEMPT_MAX = 1_000_000;

/** A reply that was accepted, or is to be tried again. */
export function takeReply(workspace: Workspace, entry: OutboundMessage): StoredMessage | undefined {
  const known = workspace.message(entry.merchantId, entry.messageId);
  if (known) return takeAttempt(workspace, known, entry);
  const row = workspace.conversation(entry.merchantId, entry.conversationId);
  if (!row) throw new Error(`The conversation of reply ${entry.messageId} was not loaded`);
  const stored = storeReply(workspace, row, entry);
  announceOpening(workspace, row);
  const { merchantId, message } = stored;
  const of = { merchantId, accountId: message.accountId, conversationId: message.conversationId };
  workspace.emit('parley.message.accepted.v1', of, message.id, message.receivedAt, { message });
  return stored;
}

function takeAttempt(workspace: Workspace, stored: StoredMessage, entry: OutboundMessage): StoredMessage {
  const { message, outbound } = stored;
  if (!outbound) return stored;
  const attempt = Math.min(entry.attempt, ATTEMPT_MAX);
  if (attempt > outbound.attempt) {
    stored.outbound = outboundFactsOf(entry);
    workspace.touchMessage(stored);
  }
  const at = storableTime(entry.acceptedAt, message.receivedAt);
  if (at < message.receivedAt) {
    Object.assign(message, { sentAt: at, receivedAt: at });
    workspace.touchMessage(stored);
  }
  changeDelivery(workspace, stored, { state: 'accepted', at, attempt });
  return stored;
}

function storeReply(workspace: Workspace, row: StoredConversation, entry: OutboundMessage): StoredMessage {
  const { merchantId, accountId } = entry;
  const at = storableTime(entry.acceptedAt, workspace.now);
  const attempt = Math.min(entry.attempt, ATTEMPT_MAX);
  const stored: StoredMessage = {
    merchantId,
    message: {
      id: entry.messageId,
      conversationId: row.conversation.id,
      accountId,
      channel: entry.channel,
      direction: 'outbound',
      sequence: row.lastSequence + 1,
      author: entry.author,
      parts: entry.parts,
      language: entry.language,
      translations: [],
      translationStatus: entry.targetLanguage === null ? 'not-needed' : 'pending',
      replyTo: entry.replyTo?.messageId ?? null,
      externalId: null,
      clientKey: entry.clientKey,
      note: false,
      sentAt: at,
      receivedAt: at,
      delivery: { ...startDelivery(at), attempt, history: [{ state: 'accepted', at, attempt }] },
      reactions: [],
      edits: [],
      recalledAt: null,
    },
    automatic: false,
    attributes: {},
    outbound: outboundFactsOf(entry),
  };
  row.onItsWay += 1;
  meet(workspace, row, entry.contact.id, contactNews(entry), at);
  const { address, id } = entry.contact;
  if (row.lastSequence === 0) {
    workspace.addIdentity({ merchantId, accountId, address, contactId: id, channel: entry.channel, verified: false });
    makeConversationFindable(workspace, row);
  }
  addToThread(workspace, row, stored);
  return stored;
}

const outboundFactsOf = (entry: OutboundMessage): OutboundFacts => ({
  attempt: Math.min(entry.attempt, ATTEMPT_MAX),
  targetLanguage: entry.targetLanguage,
  translation: entry.translation,
  released: entry.released,
  replyTo: entry.replyTo,
  subject: entry.subject,
  address: entry.address,
  replyWindow: entry.replyWindow,
  contact: entry.contact,
  acceptedAt: entry.acceptedAt,
});

/** How a reply is to leave, or why it does not. Carries the reply itself: it may come before it. */
export function takeReplyTranslated(workspace: Workspace, entry: OutboundTranslated): void {
  const stored = takeReply(workspace, entry);
  if (!stored?.outbound) return;
  const { outcome } = entry;
  const attempt = Math.min(entry.attempt, ATTEMPT_MAX);
  const at = storableTime(entry.translatedAt, workspace.now);
  const isNews = !stored.message.delivery?.history.some((step) => step.attempt === attempt && step.state === stateOf(outcome));
  if (isNews && attempt >= stored.outbound.attempt) showTranslation(workspace, stored, entry, attempt, at);
  const error = outcome.kind === 'held' ? outcome.error : null;
  changeDelivery(workspace, stored, { state: stateOf(outcome), at, attempt, error });
}

const stateOf = (outcome: OutboundTranslated['outcome']) =>
  outcome.kind === 'held' ? ('held' as const) : ('translated' as const);

/** Of several attempts the last one's translation is shown; of a held one the candidate, for a person to mend. */
function showTranslation(
  workspace: Workspace,
  stored: StoredMessage,
  entry: OutboundTranslated,
  attempt: number,
  at: string,
): void {
  const { merchantId, message } = stored;
  const translation = entry.outcome.kind === 'held' ? entry.outcome.candidate : entry.outcome.translation;
  message.translations = translation ? [translation] : [];
  message.translationStatus = statusOf(entry, translation !== null);
  workspace.touchMessage(stored);
  if (!translation) return;
  const { accountId, conversationId } = message;
  const text = partsText(translation.parts);
  workspace.makeFindable({ merchantId, subjectId: message.id, source: 'translation', conversationId, text });
  if (entry.outcome.kind === 'held') return;
  const of = { merchantId, accountId, conversationId };
  workspace.emit('parley.message.translated.v1', of, `${message.id}/${attempt}`, at, { message });
}

function statusOf(entry: OutboundTranslated, translated: boolean): Message['translationStatus'] {
  if (entry.outcome.kind === 'held') return 'failed';
  if (entry.outcome.translationStatus) return entry.outcome.translationStatus;
  if (translated) return 'done';
  const leavesAsWritten = entry.targetLanguage !== null && baseOf(entry.targetLanguage) !== baseOf(entry.language);
  return leavesAsWritten && /\p{L}/u.test(plainText(entry.parts)) ? 'no-engine' : 'not-needed';
}
const baseOf = (language: string): string => language.toLowerCase().split('-', 1)[0] ?? language;

import type { InboundTranslated, Message } from '@parley/model';
import type { StoredMessage } from '../rows/message-rows';
import { partsText } from '../rows/search-rows';
import { storableTime } from '../storable';
import { announceChange, showLast } from './conversation-facts';
import { type Fact, messageTarget } from './facts';
import type { Workspace } from './workspace';

/** A later word counts when it says more; a repeat says nothing. */
const says: Record<Message['translationStatus'], number> = { pending: 0, 'no-engine': 1, failed: 2, 'not-needed': 3, done: 4 };

/** What was found out about a message of the buyer, or about one of its edits. */
export function takeTranslated(workspace: Workspace, fact: Extract<Fact, { kind: 'translated' }>): void {
  const { entry } = fact;
  const stored = workspace.message(entry.merchantId, entry.messageId);
  const isHere = stored && (entry.edit === undefined || stored.message.edits[entry.edit] !== undefined);
  if (!isHere) {
    workspace.wait(messageTarget(entry, entry.messageId), fact);
    return;
  }
  const told = entry.edit === undefined ? tellMessage(stored, entry) : tellEdit(stored, entry, entry.edit);
  if (!told) return;
  workspace.touchMessage(stored);
  makeFindable(workspace, stored, entry);
  const row = workspace.conversation(stored.merchantId, stored.message.conversationId);
  if (row?.conversation.lastMessage?.id === stored.message.id) {
    showLast(row, stored.message);
    workspace.touchConversation(row);
  }
  const { merchantId, message } = stored;
  const of = { merchantId, accountId: message.accountId, conversationId: message.conversationId };
  const step = `${message.id}/${entry.edit ?? 'text'}/${entry.status}`;
  workspace.emit('parley.message.translated.v1', of, step, storableTime(entry.at, workspace.now), { message });
  learnLanguage(workspace, stored, entry);
}

function tellMessage({ message }: StoredMessage, entry: InboundTranslated): boolean {
  if (says[entry.status] <= says[message.translationStatus]) return false;
  message.translationStatus = entry.status;
  message.language = entry.language;
  if (entry.translation) message.translations = [entry.translation];
  return true;
}

function tellEdit({ message }: StoredMessage, entry: InboundTranslated, index: number): boolean {
  const edit = message.edits[index];
  if (!edit || edit.translation || !entry.translation) return false;
  message.edits = message.edits.with(index, { ...edit, translation: entry.translation });
  return true;
}

function makeFindable(workspace: Workspace, { merchantId, message }: StoredMessage, entry: InboundTranslated): void {
  if (!entry.translation) return;
  const source = entry.edit === undefined ? 'translation' : `translation:${entry.edit}`;
  const { id: subjectId, conversationId } = message;
  workspace.makeFindable({ merchantId, subjectId, source, conversationId, text: partsText(entry.translation.parts) });
}

/** The conversation is held in the language its latest message says, unless a person decided it. */
function learnLanguage(workspace: Workspace, { merchantId, message }: StoredMessage, entry: InboundTranslated): void {
  const row = workspace.conversation(merchantId, message.conversationId);
  if (!row || row.languageFixed || entry.conversationLanguage === 'und' || message.sequence < row.languageSequence) return;
  row.languageSequence = message.sequence;
  workspace.touchConversation(row);
  if (row.conversation.language === entry.conversationLanguage) return;
  row.conversation.language = entry.conversationLanguage;
  announceChange(workspace, row, ['language'], `${message.id}/language`, storableTime(entry.at, workspace.now));
}

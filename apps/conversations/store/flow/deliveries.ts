import { advanceDelivery, type DeliveryChange, isTerminal } from '@parley/model';
import type { StoredMessage } from '../rows/message-rows';
import { storableTime } from '../storable';
import { showLast } from './conversation-facts';
import { externalTarget, type Fact, idleTarget, targetOf } from './facts';
import type { Workspace } from './workspace';

const ATTEMPT_MAX = 1_000_000;

/** What `deliver` tells of a reply. */
export function takeState(workspace: Workspace, fact: Extract<Fact, { kind: 'state' }>): void {
  const { merchantId, accountId, messageId, state, error, externalIds } = fact.entry;
  const stored = workspace.message(merchantId, messageId);
  if (!stored) {
    workspace.wait(targetOf({ merchantId, accountId, messageId, externalId: null }), fact);
    return;
  }
  const attempt = Math.min(fact.entry.attempt, ATTEMPT_MAX);
  for (const [place, externalId] of externalIds.entries()) attachExternalId(workspace, stored, externalId, attempt, place);
  changeDelivery(workspace, stored, { state, at: storableTime(fact.entry.at, workspace.now), attempt, error });
}

/** What the channel tells of a message of the shop. It counts for the attempt that got the id it names. */
export function takeReceipt(workspace: Workspace, fact: Extract<Fact, { kind: 'receipt' }>): void {
  const { merchantId, accountId, messageId, externalId, state, error } = fact.entry;
  const about = { merchantId, accountId, messageId, externalId };
  const stored = workspace.find(about);
  if (!stored) {
    workspace.wait(targetOf(about), fact);
    return;
  }
  const known = externalId === null ? undefined : workspace.externalId(merchantId, accountId, externalId);
  const attempt = known?.messageId === stored.message.id ? known.attempt : undefined;
  if (externalId !== null && externalId !== stored.message.externalId)
    attachExternalId(workspace, stored, externalId, stored.message.delivery?.attempt ?? 1, 0);
  changeDelivery(workspace, stored, { state, at: storableTime(fact.entry.at, workspace.now), attempt, error });
}

/** Forward or not at all; a step that is new only to the history is kept without a word. */
export function changeDelivery(workspace: Workspace, stored: StoredMessage, change: DeliveryChange): void {
  const { merchantId, message } = stored;
  const before = message.delivery;
  if (!before) return;
  const after = advanceDelivery(before, change);
  if (after === before) return;
  message.delivery = after;
  workspace.touchMessage(stored);
  if (after.state === before.state && after.attempt === before.attempt) return;
  const of = { merchantId, accountId: message.accountId, conversationId: message.conversationId };
  const step = `${message.id}/${after.attempt}/${after.state}`;
  const { conversationId, id: messageId, externalId } = message;
  countOnItsWay(workspace, stored, Number(!isTerminal(after.state)) - Number(!isTerminal(before.state)));
  workspace.emit('parley.delivery.changed.v1', of, step, change.at, {
    conversationId,
    messageId,
    delivery: after,
    externalId,
    message,
  });
  if (after.state === 'held') workspace.emit('parley.message.held.v1', of, step, change.at, { message });
}

/** With no reply on its way any more, an echo that waited is known for what it is. */
function countOnItsWay(workspace: Workspace, { merchantId, message, outbound }: StoredMessage, difference: number): void {
  const row = workspace.conversation(merchantId, message.conversationId);
  if (!row) return;
  if (outbound !== null) row.onItsWay = Math.max(0, row.onItsWay + difference);
  if (row.conversation.lastMessage?.id === message.id) showLast(row, message);
  workspace.touchConversation(row);
  if (row.onItsWay === 0) workspace.wake(idleTarget({ merchantId, accountId: message.accountId }, message.conversationId));
}

/** The message is known under this id at its channel from now on; what waited for it wakes. */
export function attachExternalId(
  workspace: Workspace,
  stored: StoredMessage,
  externalId: string,
  attempt: number,
  place: number,
): void {
  const { merchantId, message } = stored;
  const owner = { merchantId, accountId: message.accountId };
  if (!workspace.addExternalId({ ...owner, messageId: message.id, attempt, place }, externalId)) return;
  const isLeading = message.externalId === null || (place === 0 && attempt >= (message.delivery?.attempt ?? 1));
  if (isLeading) {
    message.externalId = externalId;
    workspace.touchMessage(stored);
  }
  workspace.wake(externalTarget(owner, externalId));
}

import type { AccountFacts, ChannelAuthor, ChannelEvent, ContactFacts, ThreadRef } from '@parley/connector';
import type { ReplyWindow } from '@parley/model';
import { type Address, packAddressOf } from '../address';
import { blockReason, isRefused, moderationError } from '../reasons';
import { isAssistant, type Settings, sites } from '../settings';
import type { ConversationStatus, PackMessage, RawOf } from '../shapes';
import { buyerOf, timeOf } from './buyer';
import { firstTitle, orderRef } from './order-ref';
import { partsOf } from './parts';

/** A message about a purchase, with what became of it when it is ours. */
export function messageEvents(raw: RawOf<'message'>, account: AccountFacts<Settings>): ChannelEvent[] {
  const { message: said, packId, base } = raw;
  const { sellerId } = account.settings;
  const siteId = said.site_id ?? account.settings.siteId;
  const from = said.from?.user_id ?? null;
  const ours = from === sellerId;
  if (!ours && isHeldBack(said)) return [];
  const partner = ours ? (said.to?.user_id ?? null) : from;
  const contact = buyerOf(raw.orders, { partner, siteId, otherwise: packId === null ? `message:${said.id}` : `pack:${packId}` });
  const address: Address = packId === null ? { kind: 'none' } : packAddressOf(packId, partner, siteId, base);
  const thread: ThreadRef = {
    key: packId === null ? `user:${contact.address}` : `pack:${packId}`,
    address: { ...address },
    subject: said.subject || firstTitle(raw.orders),
  };
  const sentAt = sentAtOf(said);
  const events: ChannelEvent[] = [
    {
      kind: 'message',
      externalId: said.id,
      thread,
      direction: ours ? 'outbound' : 'inbound',
      author: authorOf(from, ours, contact),
      contact,
      parts: shownParts(said, siteId, account.id),
      sentAt,
      languageHint: sites[siteId]?.language ?? null,
      orders: raw.orders.map((order) => orderRef(order, raw.shipments)),
      replyWindow: windowOf(raw.status),
      attributes: attributesOf(said, partner, raw.status),
    },
  ];
  if (ours) events.push(...receiptsOf(said));
  // Also of a conversation that ended after this message was seen.
  if (raw.status?.status === 'blocked')
    events.push({
      kind: 'thread',
      thread,
      replyWindow: windowOf(raw.status),
      at: timeOf(raw.status.status_date ?? sentAt.toISOString()),
    });
  return events;
}

/** An assistant speaks on the buyer's side, and is not the buyer. */
function authorOf(from: string | null, ours: boolean, contact: ContactFacts): ChannelAuthor {
  if (ours && from !== null) return { kind: 'agent', id: from };
  if (isAssistant(from)) return { kind: 'bot', id: from, name: 'Mercado Libre' };
  return { kind: 'buyer', id: contact.address, name: contact.name ?? null };
}

/** Not yet looked at or translated by Mercado Libre, and empty until then: it comes again when it is let through. */
const isHeldBack = (said: PackMessage): boolean =>
  !said.text &&
  said.message_attachments.length === 0 &&
  (said.status === 'pending_translation' || said.message_moderation?.status === 'pending');

function shownParts(said: PackMessage, siteId: string, accountId: string) {
  if (!said.text && said.message_attachments.length === 0 && isRefused(said)) {
    const reason = said.message_moderation?.reason;
    const summary = `A message that Mercado Libre does not show${reason ? ` (${reason})` : ''}`;
    return [{ kind: 'unsupported' as const, summary, rawType: `message:${said.status ?? ''}` }];
  }
  return partsOf(said.text ?? '', said.message_attachments, { siteId, accountId });
}

const sentAtOf = (said: PackMessage): Date =>
  timeOf(said.message_date?.received ?? said.message_date?.created ?? said.message_date?.available);

/** Moderation comes after the answer "taken"; being read is said nowhere else. */
function receiptsOf(said: PackMessage): ChannelEvent[] {
  const { message_date: date, message_moderation: moderation } = said;
  const receipt = { kind: 'receipt' as const, externalId: said.id };
  const sentAt = sentAtOf(said);
  if (isRefused(said)) {
    const at = moderation?.moderation_date ? timeOf(moderation.moderation_date) : sentAt;
    return [{ ...receipt, state: 'failed', at, error: moderationError(moderation?.reason) }];
  }
  return [
    ...(said.status === 'available'
      ? [{ ...receipt, state: 'delivered' as const, at: date?.available ? timeOf(date.available) : sentAt }]
      : []),
    ...(date?.read ? [{ ...receipt, state: 'read' as const, at: timeOf(date.read) }] : []),
  ];
}

/** Whatever the reason: what is blocked is closed. */
export function windowOf(status: ConversationStatus | null | undefined): ReplyWindow {
  if (status?.status !== 'blocked') return { openUntil: null, then: 'free' };
  const reason = blockReason(status.substatus ?? null, status.claim_ids);
  return { openUntil: status.status_date ? timeOf(status.status_date).toISOString() : null, then: 'closed', reason };
}

function attributesOf(said: PackMessage, partner: string | null, status: ConversationStatus | null | undefined) {
  const { status: moderation, reason = null } = said.message_moderation ?? {};
  return {
    ...(isAssistant(partner) ? { assistant: partner } : {}),
    ...(moderation && moderation !== 'clean' ? { moderation, moderationReason: reason } : {}),
    ...(status && status.claim_ids.length > 0 ? { claims: status.claim_ids } : {}),
  };
}

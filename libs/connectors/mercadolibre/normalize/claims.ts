import type { AccountFacts, ChannelEvent, ThreadRef } from '@parley/connector';
import type { ReplyWindow } from '@parley/model';
import type { Address } from '../address';
import { claimMessageId } from '../read/claim-message-id';
import { type Settings, sites } from '../settings';
import type { RawOf } from '../shapes';
import { buyerOf, timeOf } from './buyer';
import { firstTitle, orderRef } from './order-ref';
import { partsOf } from './parts';

type Claim = RawOf<'claim'>['claim'];

export function claimMessageEvents(raw: RawOf<'claim-message'>, account: AccountFacts<Settings>): ChannelEvent[] {
  const { message: said, claimId } = raw;
  const { siteId, sellerId } = account.settings;
  const ours = said.sender_role === 'respondent';
  const byMediator = said.sender_role === 'mediator';
  const contact = buyerOf(raw.orders, { partner: null, siteId, otherwise: `claim:${claimId}` });
  const withMediator = byMediator || (ours && said.receiver_role === 'mediator') || raw.claim?.stage === 'dispute';
  return [
    {
      kind: 'message',
      externalId: `claim:${claimId}:${claimMessageId(said)}`,
      thread: threadOf(claimId, withMediator, firstTitle(raw.orders)),
      direction: ours ? 'outbound' : 'inbound',
      author: ours
        ? { kind: 'agent', id: sellerId }
        : byMediator
          ? { kind: 'system', id: 'mediator', name: 'Mercado Libre' }
          : { kind: 'buyer', id: contact.address, name: contact.name ?? null },
      contact,
      parts: partsOf(said.message ?? '', said.attachments, { siteId, claimId, accountId: account.id }),
      sentAt: timeOf(said.date_created),
      languageHint: sites[siteId]?.language ?? null,
      orders: raw.orders.map((order) => orderRef(order, [])),
      replyWindow: windowOf(raw.claim ?? null),
      attributes: { claim: claimId, ...(raw.claim?.stage ? { stage: raw.claim.stage } : {}) },
    },
  ];
}

/** A claim that was closed, opened again, or taken to a mediator. */
export const claimState = ({ claimId, claim, readAt }: RawOf<'claim'>): ChannelEvent => ({
  kind: 'thread',
  thread: threadOf(claimId, claim.stage === 'dispute'),
  replyWindow: windowOf(claim),
  at: timeOf(readAt),
});

/** In a dispute it is the mediator who listens. */
const threadOf = (claimId: string, withMediator: boolean, subject: string | null = null): ThreadRef => ({
  key: `claim:${claimId}`,
  address: { kind: 'claim', claimId, receiver: withMediator ? 'mediator' : 'complainant' } satisfies Address,
  subject,
});

const windowOf = (claim: Claim | null): ReplyWindow =>
  claim?.status === 'closed'
    ? { openUntil: null, then: 'closed', reason: 'The claim is closed.' }
    : { openUntil: null, then: 'free' };

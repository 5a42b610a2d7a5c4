import type { DeliveryError } from '@parley/model';

/** Why a conversation is closed, in words for the agent. Names stand behind `blocked_by_`. */
const blocks: Readonly<Record<string, string>> = {
  time: 'the 30 days for messages are over',
  buyer: 'the buyer has blocked it',
  mediation: 'a mediation is open, answer in the claim',
  mediation_fbm: 'a mediation is open, answer in the claim',
  fulfillment: 'it opens once the parcel is delivered',
  payment: 'the payment is not approved yet',
  conversation_initiated_by_seller: 'the buyer has not answered your first message yet',
  conversation_initiated_by_seller_limited: 'the buyer has not answered yet, and no further message may be sent',
  conversation_started_by_seller: 'the buyer has to write first',
  conversation_use_message_api: 'it goes on in another conversation of this purchase',
  cancelled_order: 'the order was cancelled',
  cancelled_order_by_fraud: 'the order was cancelled because of fraud',
  cancelled_order_hidden: 'the order was cancelled',
  conversation_expired: 'it is older than 18 months',
  refund: 'the order was refunded',
  claim_change_open: 'an exchange is under way, answer in the claim',
  claim_change_closed: 'the exchange is finished',
  deactivated_account: 'the account of the buyer is not active any more',
  restrictions: 'one of the two accounts is restricted',
  message_pending_review: 'a message is being reviewed',
  return_to_buyer_fulfillment: 'the parcel goes back to the buyer',
  ai_assistant: 'the assistant of Mercado Libre handles it',
  ai_assistant_expired: 'the time to answer the assistant is over',
  ai_assistant_contact_closed: 'the assistant has closed the case',
};

/** A reason that is not known is a block all the same. */
export function blockReason(substatus: string | null, claimIds: readonly string[] = []): string {
  const name = (substatus ?? '').replace(/^blocked_by_/, '');
  const words = blocks[name] ?? (/^\w{1,60}$/.test(name) ? name : 'no reason given');
  const claims = claimIds.length > 0 ? ` (claim ${claimIds.join(', ')})` : '';
  return `Mercado Libre has closed this conversation: ${words}${claims}.`;
}

/** The name of a block, wherever it stands in an answer. */
export const blockIn = (text: string): string | null =>
  Object.keys(blocks)
    .map((name) => `blocked_by_${name}`)
    .sort((a, b) => b.length - a.length)
    .find((name) => text.includes(name)) ?? null;

const moderations: Readonly<Record<string, string>> = {
  OUT_OF_PLACE_LANGUAGE: 'its tone',
  SOCIAL_NETWORK_LINK: 'a link to a social network',
  LINK_SHORT_URL: 'a shortened link',
  AUTOMATIC_MESSAGE: 'it reads like an automatic message',
  PERSONAL_DATA: 'personal data',
  LINK_MERCADOPAGO: 'a link to a payment',
  ML_LINKS_PAYPAL: 'a link to a payment',
  EVASION_CLAIM_SELLER: 'it keeps the buyer from a claim',
};

/** A message that was taken and then not let through. */
export function moderationError(reason: string | null | undefined): DeliveryError {
  const name = reason && /^\w{1,60}$/.test(reason) ? reason : null;
  return {
    code: name ? `moderated:${name}` : 'moderated',
    message: `Mercado Libre did not let the message through${name ? ` because of ${moderations[name] ?? name}` : ''}: write it otherwise.`,
    retryable: false,
  };
}

const REFUSED = new Set(['moderated', 'rejected']);

/** Taken, and yet not for the buyer's eyes. */
export const isRefused = (said: {
  readonly status?: string | null;
  readonly message_moderation?: { readonly status?: string | null } | null;
}): boolean => REFUSED.has(said.status ?? '') || said.message_moderation?.status === 'rejected';

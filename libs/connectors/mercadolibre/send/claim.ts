import type { SendContext, SendResult } from '@parley/connector';
import { call } from '../api';
import { claimMessageId } from '../read/claim-message-id';
import { claimMessages } from '../read/claims';
import type { Settings } from '../settings';
import type { ClaimRequest } from './request';
import { withoutId } from './result';

/** Clocks of two houses never agree to the second. */
export const SKEW_MS = 5_000;

/** The answer to a send names no message everywhere: then it is looked for. */
export async function sendToClaim(request: ClaimRequest, context: SendContext<Settings>): Promise<SendResult> {
  const { claimId, receiver, text } = request;
  const { data } = await call(context, `/post-purchase/v1/claims/${claimId}/actions/send-message`, {
    method: 'POST',
    body: { receiver_role: receiver, message: text },
    effect: true,
  });
  const id: unknown = data?.hash ?? data?.id;
  if (typeof id === 'string' || typeof id === 'number') return { externalId: `claim:${claimId}:${id}` };
  if (typeof data !== 'object' || data === null) throw withoutId();
  const found = await ownInClaim(request, context).catch(() => []);
  const [only] = found;
  if (!only || found.length > 1) throw withoutId();
  return only;
}

/** Messages of the shop in the claim that say the same, sent since the reply was accepted. */
export async function ownInClaim(request: ClaimRequest, context: SendContext<Settings>): Promise<SendResult[]> {
  const { claimId, text, acceptedAt } = request;
  const since = Date.parse(acceptedAt) - SKEW_MS;
  const known = new Set(context.earlier.map((result) => result.externalId));
  return (await claimMessages(claimId, context))
    .filter(
      (said) =>
        said['sender_role'] === 'respondent' &&
        String(said['message'] ?? '').trim() === text.trim() &&
        Date.parse(said['date_created']) >= since,
    )
    .map((said) => ({ externalId: `claim:${claimId}:${claimMessageId(said)}` }))
    .filter((result) => !known.has(result.externalId));
}

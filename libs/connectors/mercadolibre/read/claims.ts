import type { RawItem } from '@parley/connector';
import { type Context, readOrNull } from '../api';
import { claimMessageId } from './claim-message-id';
import { type Json, objectsIn, orderOf } from './pack';

/** A claim is a conversation of its own: what was said in it, and whether it still goes on. */
export async function readClaim(claimId: string, context: Context): Promise<readonly RawItem[]> {
  const claim = await readOrNull(context, `/post-purchase/v1/claims/${claimId}`);
  const messages = await claimMessages(claimId, context);
  if (!claim && messages.length === 0) return [];
  const order = claim?.resource === 'order' ? await orderOf(String(claim.resource_id), '', context) : null;
  const orderKey = `claim:${claimId}`;
  const items: RawItem[] = messages.map((message) => ({
    dedupeKey: `claim|${claimId}|${claimMessageId(message)}`,
    orderKey,
    content: { json: { kind: 'claim-message', claimId, claim, message, orders: order ? [order] : [] } },
  }));
  if (claim)
    items.push({
      dedupeKey: `claim-state|${claimId}|${claim.status ?? ''}|${claim.stage ?? ''}`,
      orderKey,
      content: { json: { kind: 'claim', claimId, claim, readAt: new Date(context.now()).toISOString() } },
    });
  return items;
}

export async function claimMessages(claimId: string, context: Context): Promise<Json[]> {
  const data = await readOrNull(context, `/post-purchase/v1/claims/${claimId}/messages`);
  return objectsIn(Array.isArray(data) ? data : data?.messages).sort((a, b) =>
    String(a['date_created'] ?? '').localeCompare(String(b['date_created'] ?? '')),
  );
}

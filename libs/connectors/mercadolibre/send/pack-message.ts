import { ChannelError, type SendContext, type SendResult } from '@parley/connector';
import { call } from '../api';
import { ATTACHMENT_UNKNOWN, isBlockWithoutReason, USE_MESSAGES } from '../errors';
import { latest, ordersOf, packPath, partnerIn } from '../read/pack';
import { blockReason } from '../reasons';
import type { Settings } from '../settings';
import { conversationStatusSchema } from '../shapes';
import { upload } from './files';
import { firstContact } from './first-contact';
import type { PackRequest } from './request';
import { resultOf } from './result';

type Context = SendContext<Settings>;

const hasCode = (error: unknown, code: string): error is ChannelError => error instanceof ChannelError && error.code === code;

/** To whoever spoke last on the buyer's side; by the guide when nobody has. */
export async function sendPackMessage(request: PackRequest, context: Context): Promise<SendResult> {
  if (request.to !== null) return write(request, request.to, context);
  const { messages } = await latest(request.packId, request.base, context);
  const partner = partnerIn(messages, context.account.settings.sellerId);
  if (partner !== null) return write(request, partner, context);
  try {
    return await firstContact(request, context);
  } catch (error) {
    // The guide itself says that this purchase needs no guide.
    const buyer = hasCode(error, USE_MESSAGES) ? await buyerOf(request, context) : null;
    if (buyer === null) throw error;
    return write(request, buyer, context);
  }
}

async function buyerOf({ packId, base }: PackRequest, context: Context): Promise<string | null> {
  const orders = await ordersOf(packId, base, context);
  const id = orders.map((order) => order['buyer']?.id).find((one) => one !== undefined && one !== null);
  return id === undefined ? null : String(id);
}

async function write(request: PackRequest, to: string, context: Context): Promise<SendResult> {
  try {
    return await post(request, to, context);
  } catch (error) {
    // A file may be gone between its upload and the message: once more, then it is over.
    if (request.files.length > 0 && hasCode(error, ATTACHMENT_UNKNOWN)) return post(request, to, context);
    if (isBlockWithoutReason(error)) throw (await blockOf(request, error, context)) ?? error;
    throw error;
  }
}

async function post(request: PackRequest, to: string, context: Context): Promise<SendResult> {
  const attachments: string[] = [];
  for (const file of request.files) attachments.push(await upload(file, request, context));
  const { data } = await call(context, packPath(request.packId, request.base, context), {
    method: 'POST',
    query: { tag: 'post_sale' },
    body: {
      from: { user_id: context.account.settings.sellerId },
      to: { user_id: to },
      text: request.text,
      ...(attachments.length > 0 ? { attachments } : {}),
    },
    effect: true,
  });
  return resultOf(data);
}

/** A refusal without its reason: the conversation has it. */
async function blockOf({ packId, base }: PackRequest, refusal: ChannelError, context: Context): Promise<ChannelError | null> {
  try {
    const status = conversationStatusSchema.safeParse((await latest(packId, base, context)).status).data;
    if (!status?.substatus) return null;
    return new ChannelError('rejected', blockReason(status.substatus, status.claim_ids), { code: refusal.code, cause: refusal });
  } catch {
    // Only the words are missing then: the refusal stands.
    return null;
  }
}

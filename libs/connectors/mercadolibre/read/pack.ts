import type { Base } from '../address';
import { type Context, readOrNull } from '../api';
import { messageSchema } from '../shapes';

/** As the API answers it; its shape is looked at when it is understood, not when it is read. */
export type Json = Record<string, any>;

const PAGE = 50;
const PAGES_MAX = 20;
const ORDERS_MAX = 50;

export const objectsIn = (list: unknown): Json[] =>
  Array.isArray(list) ? list.filter((one): one is Json => typeof one === 'object' && one !== null && !Array.isArray(one)) : [];

export const packPath = (packId: string, base: Base, context: Context): string =>
  `${base}/messages/packs/${packId}/sellers/${context.account.settings.sellerId}`;

export interface Conversation {
  readonly status: Json | null;
  readonly messages: readonly Json[];
}
const NOTHING: Conversation = { status: null, messages: [] };

/** Reading marks as read unless told otherwise. */
async function page(packId: string, base: Base, offset: number, limit: number, context: Context): Promise<Json | null> {
  return readOrNull(context, packPath(packId, base, context), { tag: 'post_sale', mark_as_read: false, limit, offset });
}

/** The latest messages and the state of the conversation, whichever end of it the API shows first. */
export async function latest(packId: string, base: Base, context: Context): Promise<Conversation> {
  const first = await page(packId, base, 0, PAGE, context);
  if (!first) return NOTHING;
  const messages = objectsIn(first['messages']);
  const total = Number(first['paging']?.total ?? messages.length);
  const more =
    total > messages.length && messages.length > 0 ? await page(packId, base, total - messages.length, PAGE, context) : null;
  return { status: first['conversation_status'] ?? null, messages: [...messages, ...objectsIn(more?.['messages'])] };
}

/** The whole conversation, oldest first. */
export async function whole(packId: string, base: Base, context: Context): Promise<Conversation> {
  const byId = new Map<string, Json>();
  let status: Json | null = null;
  let offset = 0;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const answer = await page(packId, base, offset, PAGE, context);
    const messages = objectsIn(answer?.['messages']);
    status ??= answer?.['conversation_status'] ?? null;
    for (const message of messages) byId.set(String(message['id']), message);
    offset += messages.length;
    // How many it gives at once is its own affair: where it tells no total, only an empty page is the last one.
    if (messages.length === 0 || offset >= Number(answer?.['paging']?.total ?? Infinity)) break;
  }
  return { status, messages: [...byId.values()].sort((a, b) => timeOf(a) - timeOf(b)) };
}

const timeOf = (message: Json): number =>
  Date.parse(message['message_date']?.received ?? message['message_date']?.created ?? '') || 0;

/** Whom an answer goes to: who spoke last on the buyer's side, be it an assistant. */
export function partnerIn(messages: readonly Json[], sellerId: string): string | null {
  const theirs = messages.flatMap((raw) => {
    const said = messageSchema.safeParse(raw);
    const from = said.success ? said.data.from?.user_id : null;
    return from && from !== sellerId ? [{ from, at: timeOf(raw) }] : [];
  });
  return theirs.sort((a, b) => b.at - a.at)[0]?.from ?? null;
}

/** A pack is a cart of orders; an order without one stands in its place. */
export async function ordersOf(packId: string, base: Base, context: Context): Promise<readonly Json[]> {
  const pack =
    (base && (await readOrNull(context, `${base}/packs/${packId}`))) || (await readOrNull(context, `/packs/${packId}`));
  const ids = pack ? objectsIn(pack['orders']).map((order) => String(order['id'])) : [packId];
  const orders: Json[] = [];
  for (const id of ids.slice(0, ORDERS_MAX)) {
    const order = await orderOf(id, base, context);
    if (order) orders.push(order);
  }
  return orders;
}

export const orderOf = async (orderId: string, base: Base, context: Context): Promise<Json | null> =>
  (base && (await readOrNull(context, `${base}/orders/${orderId}`))) || readOrNull(context, `/orders/${orderId}`);

export async function shipmentsOf(orders: readonly Json[], context: Context): Promise<readonly Json[]> {
  const ids = [...new Set(orders.flatMap((order) => (order['shipping']?.id ? [String(order['shipping'].id)] : [])))];
  const shipments: Json[] = [];
  for (const id of ids) {
    const shipment = await readOrNull(context, `/shipments/${id}`);
    if (shipment) shipments.push(shipment);
  }
  return shipments;
}

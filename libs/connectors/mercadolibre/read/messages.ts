import type { RawItem } from '@parley/connector';
import type { Base } from '../address';
import { type Context, readOrNull } from '../api';
import { type Json, latest, objectsIn, ordersOf, shipmentsOf, whole } from './pack';

export async function readMessage(messageId: string, base: Base, context: Context): Promise<readonly RawItem[]> {
  const query = { tag: 'post_sale' };
  const data =
    (base && (await readOrNull(context, `${base}/messages/${messageId}`, query))) ||
    (await readOrNull(context, `/messages/${messageId}`, query));
  if (!data) {
    context.log.warn('A message is not there, though it was announced', { messageId });
    return [];
  }
  const items: RawItem[] = [];
  for (const message of messagesIn(data)) {
    const packId = packOf(message) ?? packOfPath(data.conversation_status?.path);
    if (packId === null) context.log.warn('A message names no purchase', { messageId });
    items.push(messageItem(packId, base, message, await factsOf(packId, base, data, context)));
  }
  return items;
}

/** Two shapes are in use: the message itself, and a list under a header. */
function messagesIn(data: any): Json[] {
  if (Array.isArray(data)) return objectsIn(data);
  if (Array.isArray(data.messages)) return objectsIn(data.messages);
  return Array.isArray(data.results) ? objectsIn(data.results) : [data];
}

/** All of a conversation. Never marks anything as read. */
export async function readConversation(resource: string, context: Context): Promise<readonly RawItem[]> {
  const packId = packOfPath(resource);
  const base: Base = resource.startsWith('/marketplace/') ? '/marketplace' : '';
  if (packId === null) {
    context.log.warn('An unread conversation names no purchase', {});
    return [];
  }
  const { status, messages } = await whole(packId, base, context);
  const orders = await ordersOf(packId, base, context);
  const facts = { status, orders, shipments: await shipmentsOf(orders, context) };
  return messages.map((message) => messageItem(packId, base, message, facts));
}

/** What is to be known beside a message. */
interface Facts {
  readonly status: Json | null;
  readonly orders: readonly Json[];
  readonly shipments: readonly Json[];
}

async function factsOf(packId: string | null, base: Base, data: any, context: Context): Promise<Facts> {
  if (packId === null) return { status: data.conversation_status ?? null, orders: [], shipments: [] };
  const status = data.conversation_status ?? (await latest(packId, base, context)).status;
  const orders = await ordersOf(packId, base, context);
  return { status, orders, shipments: await shipmentsOf(orders, context) };
}

function messageItem(packId: string | null, base: Base, message: Json, facts: Facts): RawItem {
  const state = [
    message['status'],
    message['message_moderation']?.status,
    message['message_date']?.read ? 'read' : '',
    facts.status?.['status'] === 'blocked' ? facts.status['substatus'] : '',
  ];
  return {
    // Its moderation, its being read and the end of the conversation come later under the same id: other items, one message.
    dedupeKey: ['message', message['id'], ...state].map((word) => word ?? '').join('|'),
    orderKey: packId === null ? `user:${message['from']?.user_id ?? ''}` : `pack:${packId}`,
    content: { json: { kind: 'message', packId, base, message, ...facts } },
  };
}

function packOf(message: Json): string | null {
  const resources = objectsIn(message['message_resources']);
  const named = (name: string) => resources.find((resource) => resource['name'] === name && digits(resource['id']));
  const found = named('packs') ?? named('orders');
  return found ? String(found['id']) : null;
}
const digits = (id: unknown): boolean => /^\d{1,30}$/.test(String(id));

/** `/packs/2000…/sellers/4154…` → `2000…`; with an assistant the path may name no pack. */
const packOfPath = (path: unknown): string | null =>
  typeof path === 'string' ? (/\/packs\/(\d{1,30})(?!\d)/.exec(path)?.[1] ?? null) : null;

import { authorSchema, type CloudEvent, type DeliveryState, deliverySchema, type Message, messageSchema } from '@parley/model';
import type { z } from 'zod';
import type { EventRow } from '../store';

/** A message as the buyer gets it: in their language alone, without what the shop keeps to itself. */
export const buyerMessageSchema = messageSchema
  .pick({
    ...{ id: true, conversationId: true, accountId: true, channel: true, direction: true, sequence: true, parts: true },
    ...{ language: true, replyTo: true, clientKey: true, sentAt: true, receivedAt: true },
  })
  .extend({
    author: authorSchema.pick({ kind: true, name: true }),
    delivery: deliverySchema.pick({ state: true }).nullable(),
  });
export type BuyerMessage = z.infer<typeof buyerMessageSchema>;

const ARRIVED: readonly DeliveryState[] = ['sent', 'delivered', 'read'];

/** Null for what the buyer must not see: notes, and replies that have not left. */
export function buyerView(message: Message): BuyerMessage | null {
  const { id, conversationId, accountId, channel, direction, sequence, replyTo, sentAt, receivedAt } = message;
  if (message.note || !hasArrived(message)) return null;
  const isTheirs = direction === 'inbound';
  // What left is the last translation there is; without one it left as it was written.
  const left = isTheirs ? message : (message.translations.at(-1) ?? message);
  return {
    ...{ id, conversationId, accountId, channel, direction, sequence },
    author: { kind: message.author.kind, name: isTheirs ? message.author.name : null },
    parts: message.recalledAt ? [] : left.parts,
    language: left.language,
    ...{ replyTo, clientKey: isTheirs ? message.clientKey : null, sentAt, receivedAt },
    delivery: message.delivery && { state: message.delivery.state },
  };
}

const hasArrived = ({ direction, delivery }: Message): boolean =>
  direction === 'inbound' || delivery === null || ARRIVED.includes(delivery.state);

/** Events that change what the buyer sees, or tell that the shop has read. */
export const BUYER_EVENTS = [
  'parley.message.received.v1',
  'parley.message.edited.v1',
  'parley.message.recalled.v1',
  'parley.delivery.changed.v1',
  'parley.conversation.changed.v1',
] as const;

/** The message an event is about, as it was then. */
export const messageIn = (row: EventRow): Message | null => (row.event.data as { message?: Message } | null)?.message ?? null;

/** The same event with the buyer's view of its message. */
export const buyerEvent = (event: CloudEvent, message: BuyerMessage): CloudEvent => ({
  ...event,
  source: `/webchat/${message.accountId}`,
  data: { message },
});

/** Has the shop read everything by now? */
export function tellsThatShopHasRead(row: EventRow): boolean {
  if (row.type !== 'parley.conversation.changed.v1') return false;
  const { conversation, changed } = row.event.data as { conversation?: { unreadCount?: number }; changed?: string[] };
  return conversation?.unreadCount === 0 && (changed ?? []).some((field) => field === 'unreadCount' || field === 'read');
}

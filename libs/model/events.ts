import { z } from 'zod';
import { conversationSchema } from './conversation';
import { deliverySchema } from './delivery';
import { editSchema, messageSchema, reactionSchema } from './message';

const messageRef = z.object({ conversationId: z.string(), messageId: z.string() });

/**
 * What each public event carries. A schema only grows: a field is added as optional, never removed or narrowed;
 * anything else is a new version (`.v2`) beside the old one.
 */
export const eventTypes = {
  'parley.message.received.v1': z.object({ message: messageSchema }),
  'parley.message.translated.v1': z.object({ message: messageSchema }),
  'parley.message.accepted.v1': z.object({ message: messageSchema }),
  'parley.message.held.v1': z.object({ message: messageSchema }),
  'parley.message.reacted.v1': messageRef.extend({ reaction: reactionSchema, message: messageSchema }),
  'parley.message.edited.v1': messageRef.extend({ edit: editSchema, message: messageSchema }),
  'parley.message.recalled.v1': messageRef.extend({ recalledAt: z.string(), message: messageSchema }),
  'parley.delivery.changed.v1': messageRef.extend({
    delivery: deliverySchema,
    externalId: z.string().nullable(),
    message: messageSchema,
  }),
  'parley.conversation.opened.v1': z.object({ conversation: conversationSchema }),
  'parley.conversation.changed.v1': z.object({ conversation: conversationSchema, changed: z.array(z.string()) }),
  'parley.conversation.assigned.v1': z.object({ conversation: conversationSchema }),
  'parley.conversation.closed.v1': z.object({ conversation: conversationSchema }),
  'parley.owner.changed.v1': z.object({ conversation: conversationSchema }),
  'parley.contact.created.v1': z.object({ contactId: z.string(), name: z.string().nullable() }),
  'parley.account.connected.v1': z.object({ accountId: z.string(), channel: z.string(), name: z.string() }),
  'parley.account.healthChanged.v1': z.object({
    accountId: z.string(),
    channel: z.string(),
    health: z.string(),
    reason: z.string().nullable(),
  }),
} as const;

export type EventType = keyof typeof eventTypes;
export type EventData<T extends EventType> = z.infer<(typeof eventTypes)[T]>;

/** CloudEvents 1.0, structured JSON (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md). */
export const cloudEventSchema = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  /** `/merchants/{merchant}/accounts/{account}` */
  source: z.string(),
  type: z.string(),
  /** Conversation id; account or contact id where no conversation is concerned. */
  subject: z.string(),
  time: z.string(),
  datacontenttype: z.literal('application/json'),
  dataschema: z.string(),
  data: z.unknown(),
});
export type CloudEvent = z.infer<typeof cloudEventSchema>;

/** Where the JSON Schema of an event type is served. */
export const dataSchemaPath = (type: EventType): string => `/schemas/${type}.json`;

import { z } from 'zod';

/** An order as the marketplace or shop tells it: what the agent sees beside the conversation. */
export const orderSchema = z.object({
  id: z.string(),
  number: z.string(),
  state: z.string().nullable().default(null),
  placedAt: z.string().nullable().default(null),
  /** Decimal string in the currency's own unit, as the channel wrote it. */
  total: z.string().nullable().default(null),
  currency: z.string().nullable().default(null),
  items: z
    .array(
      z.object({
        title: z.string(),
        quantity: z.number().positive().default(1),
        sku: z.string().nullable().default(null),
        variant: z.string().nullable().default(null),
        price: z.string().nullable().default(null),
        image: z.string().nullable().default(null),
        url: z.string().nullable().default(null),
      }),
    )
    .default([]),
  tracking: z
    .array(
      z.object({
        number: z.string(),
        carrier: z.string().nullable().default(null),
        state: z.string().nullable().default(null),
        url: z.string().nullable().default(null),
      }),
    )
    .default([]),
  url: z.string().nullable().default(null),
});
export type OrderRef = z.infer<typeof orderSchema>;

export const replyWindowSchema = z.object({
  /** RFC 3339; null where the channel knows no end. */
  openUntil: z.string().nullable(),
  /** What is possible once it is over. */
  then: z.enum(['template', 'closed', 'free']),
  /** The channel's own reason, where it has closed the thread. */
  reason: z.string().optional(),
});
export type ReplyWindow = z.infer<typeof replyWindowSchema>;

export const conversationStates = ['open', 'pending', 'snoozed', 'closed'] as const;
export const priorities = ['low', 'normal', 'high', 'urgent'] as const;

export const conversationSchema = z.object({
  id: z.string(),
  accountId: z.string(),
  channel: z.string(),
  subject: z.string().nullable(),
  state: z.enum(conversationStates),
  /** The buyer's language, BCP 47; `und` until known. */
  language: z.string(),
  contact: z.object({
    id: z.string(),
    name: z.string().nullable(),
    country: z.string().nullable(),
    timeZone: z.string().nullable(),
    vip: z.boolean(),
  }),
  assigneeId: z.string().nullable(),
  /** Who speaks for the shop. `generation` grows with each change; a reply under an old one is refused. */
  owner: z.object({
    kind: z.enum(['bot', 'agent', 'none']),
    id: z.string().nullable(),
    generation: z.number().int().nonnegative(),
  }),
  tags: z.array(z.string()),
  priority: z.enum(priorities),
  orders: z.array(orderSchema),
  unreadCount: z.number().int().nonnegative(),
  lastMessage: z
    .object({
      id: z.string(),
      sequence: z.number().int().positive(),
      direction: z.enum(['inbound', 'outbound']),
      text: z.string(),
      /** The same in the merchant's language, once translated. */
      translatedText: z.string().nullable(),
      at: z.string(),
      deliveryState: z.string().nullable(),
    })
    .nullable(),
  replyWindow: replyWindowSchema,
  clocks: z.array(z.object({ name: z.string(), dueAt: z.string(), state: z.string() })),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type Conversation = z.infer<typeof conversationSchema>;

export const identitySchema = z.object({
  accountId: z.string(),
  channel: z.string(),
  address: z.string(),
  verified: z.boolean(),
});

export const contactSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  identities: z.array(identitySchema),
  language: z.string().nullable(),
  country: z.string().nullable(),
  vip: z.boolean(),
  tags: z.array(z.string()),
  attributes: z.record(z.string(), z.unknown()),
  consent: z.record(z.string(), z.unknown()),
});
export type Contact = z.infer<typeof contactSchema>;

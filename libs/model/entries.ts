import { z } from 'zod';
import { orderSchema, replyWindowSchema } from './conversation';
import { deliveryErrorSchema, deliveryStateSchema, receiptStates } from './delivery';
import { authorSchema, translationSchema, translationStatusSchema } from './message';
import { partSchema } from './parts';

/**
 * What the topics carry. Every entry is self-sufficient: the next step needs nothing but it.
 * All times are RFC 3339 in UTC.
 */

/** Where an entry belongs; on every one of them. */
const origin = {
  merchantId: z.string(),
  accountId: z.string(),
  channel: z.string(),
};

/** The bytes or the JSON of one channel item. Large ones lie in the media store and are named by `ref`. */
export const rawContentSchema = z.discriminatedUnion('encoding', [
  z.object({ encoding: z.literal('json'), value: z.unknown() }),
  z.object({ encoding: z.literal('base64'), value: z.string() }),
  z.object({
    encoding: z.literal('blob'),
    ref: z.string(),
    sizeBytes: z.number().int().nonnegative(),
    /** What the blob's bytes are: the item itself, or its JSON text. */
    form: z.enum(['bytes', 'json']).default('bytes'),
  }),
]);
export type RawContent = z.infer<typeof rawContentSchema>;

/** Topic `inbound.raw`: one item as the channel said it, not yet understood. Key: account and the item's order key. */
export const rawInboundSchema = z.object({
  ...origin,
  /** Derived from account and the connector's dedupe key. */
  id: z.string(),
  /** Language the shop reads: what the message is to be translated to. */
  merchantLanguage: z.string(),
  receivedAt: z.string(),
  content: rawContentSchema,
});
export type RawInbound = z.infer<typeof rawInboundSchema>;

/** Topic `inbound.notice`: "something changed, come and read it", for channels whose pushes carry no content to trust. */
export const noticeSchema = z.object({
  ...origin,
  id: z.string(),
  receivedAt: z.string(),
  data: z.unknown(),
});
export type NoticeEntry = z.infer<typeof noticeSchema>;

/** How to answer in a thread: opaque to all but the connector, kept with the conversation, renewed by each inbound item. */
export const replyAddressSchema = z.record(z.string(), z.unknown());
export type ReplyAddress = z.infer<typeof replyAddressSchema>;

const inboundBase = { ...origin, conversationId: z.string(), receivedAt: z.string() };

export const inboundMessageSchema = z.object({
  ...inboundBase,
  kind: z.literal('message'),
  messageId: z.string(),
  merchantLanguage: z.string(),
  externalId: z.string(),
  /** `outbound` for a message the shop sent outside Parley (from the phone, on the marketplace's page). */
  direction: z.enum(['inbound', 'outbound']),
  author: authorSchema,
  contact: z.object({
    id: z.string(),
    address: z.string(),
    name: z.string().nullable(),
    country: z.string().nullable(),
    language: z.string().nullable(),
    timeZone: z.string().nullable(),
    verified: z.boolean(),
  }),
  parts: z.array(partSchema).min(1),
  /** What the channel says about the language (locale, site); a prior, not a fact. */
  languageHint: z.string().nullable(),
  replyToExternalId: z.string().nullable(),
  clientKey: z.string().nullable(),
  subject: z.string().nullable(),
  address: replyAddressSchema,
  replyWindow: replyWindowSchema,
  orders: z.array(orderSchema),
  /** Machine mail, bounces and the like: shown, never answered by a machine. */
  automatic: z.boolean(),
  attributes: z.record(z.string(), z.unknown()),
  sentAt: z.string(),
});
export type InboundMessage = z.infer<typeof inboundMessageSchema>;

export const inboundReactionSchema = z.object({
  ...inboundBase,
  kind: z.literal('reaction'),
  targetMessageId: z.string().nullable(),
  targetExternalId: z.string(),
  emoji: z.string().nullable(),
  author: authorSchema,
  at: z.string(),
});
export const inboundEditSchema = z.object({
  ...inboundBase,
  kind: z.literal('edit'),
  targetExternalId: z.string(),
  parts: z.array(partSchema).min(1),
  at: z.string(),
});
export const inboundRecallSchema = z.object({
  ...inboundBase,
  kind: z.literal('recall'),
  targetExternalId: z.string(),
  at: z.string(),
});
/** Facts about the thread itself: orders beside it, a closed or re-opened reply window, a renewed reply address. */
export const inboundThreadSchema = z.object({
  ...inboundBase,
  kind: z.literal('thread'),
  orders: z.array(orderSchema).optional(),
  replyWindow: replyWindowSchema.optional(),
  address: replyAddressSchema.optional(),
  contact: z.object({ name: z.string().nullable(), country: z.string().nullable() }).partial().optional(),
  at: z.string(),
});

/** Topic `inbound.message`, key: conversation id. */
export const inboundEntrySchema = z.discriminatedUnion('kind', [
  inboundMessageSchema,
  inboundReactionSchema,
  inboundEditSchema,
  inboundRecallSchema,
  inboundThreadSchema,
]);
export type InboundEntry = z.infer<typeof inboundEntrySchema>;

/** Topic `inbound.translated`, key: conversation id: what was found out about one inbound message. */
export const inboundTranslatedSchema = z.object({
  ...origin,
  conversationId: z.string(),
  messageId: z.string(),
  /** Detected language of the message, `und` where there is none. */
  language: z.string(),
  languageConfidence: z.number().min(0).max(1),
  /** The language the conversation is now held in, by all that was said so far. */
  conversationLanguage: z.string(),
  status: translationStatusSchema,
  translation: translationSchema.nullable(),
  /** Set when the text belongs to the n-th edit of the message rather than to its first form. */
  edit: z.number().int().nonnegative().optional(),
  error: z.string().nullable(),
  at: z.string(),
});
export type InboundTranslated = z.infer<typeof inboundTranslatedSchema>;

/** Topic `outbound.message`, key: conversation id: a reply the shop wants sent. Accepted once the log has it. */
export const outboundMessageSchema = z.object({
  ...origin,
  conversationId: z.string(),
  messageId: z.string(),
  /** 1, and one more for each retry or release of the same message. */
  attempt: z.number().int().positive(),
  author: authorSchema,
  parts: z.array(partSchema).min(1),
  /** Language it is written in (the shop's), BCP 47. */
  language: z.string(),
  /** Language the buyer is to get; null: send as written. */
  targetLanguage: z.string().nullable(),
  /** Parts edited by a person: sent exactly so, not translated again. */
  translation: z.array(partSchema).nullable(),
  /** A person looked at a failed safety check and said: send it anyway. */
  released: z.boolean(),
  replyTo: z.object({ messageId: z.string(), externalId: z.string() }).nullable(),
  contact: z.object({ id: z.string(), address: z.string(), name: z.string().nullable() }),
  address: replyAddressSchema,
  subject: z.string().nullable(),
  replyWindow: replyWindowSchema,
  /** Latest turns, oldest first: context for the translation, never sent. */
  context: z.array(z.object({ direction: z.enum(['inbound', 'outbound']), text: z.string(), language: z.string() })),
  clientKey: z.string().nullable(),
  acceptedAt: z.string(),
});
export type OutboundMessage = z.infer<typeof outboundMessageSchema>;

export const outboundOutcomeSchema = z.discriminatedUnion('kind', [
  /** `parts` is what leaves; `translation` is null when it leaves as written. */
  z.object({
    kind: z.literal('ready'),
    parts: z.array(partSchema).min(1),
    language: z.string(),
    translation: translationSchema.nullable(),
    /** Why it leaves as written, where `translation` is null: `not-needed` or `no-engine`. */
    translationStatus: translationStatusSchema.optional(),
  }),
  /** Not safe to send. `candidate` is the best that could be had, for a person to mend. */
  z.object({ kind: z.literal('held'), error: deliveryErrorSchema, candidate: translationSchema.nullable() }),
]);

/** Topic `outbound.translated`, key: conversation id. */
export const outboundTranslatedSchema = outboundMessageSchema.extend({
  outcome: outboundOutcomeSchema,
  translatedAt: z.string(),
});
export type OutboundTranslated = z.infer<typeof outboundTranslatedSchema>;

/** Topic `outbound.delivery`: what became of a reply. From `deliver` (state) and from the channel (receipt). */
export const deliveryEntrySchema = z.discriminatedUnion('kind', [
  z.object({
    ...origin,
    kind: z.literal('state'),
    conversationId: z.string(),
    messageId: z.string(),
    attempt: z.number().int().positive(),
    state: deliveryStateSchema,
    error: deliveryErrorSchema.nullable(),
    /** The channel's ids of what was sent, in order; one message can leave as several. */
    externalIds: z.array(z.string()),
    at: z.string(),
  }),
  z.object({
    ...origin,
    kind: z.literal('receipt'),
    /** At least one of the two is known. `messageId` where the channel echoes our id back. */
    externalId: z.string().nullable(),
    messageId: z.string().nullable(),
    state: z.enum(receiptStates),
    error: deliveryErrorSchema.nullable(),
    at: z.string(),
  }),
]);
export type DeliveryEntry = z.infer<typeof deliveryEntrySchema>;

/**
 * Topic `outbound.signal`, key: conversation id: what the shop does to a message without saying anything. Done once or
 * not at all: a signal that cannot be brought is dropped with a log line, nothing waits for it.
 */
export const outboundSignalSchema = z.object({
  ...origin,
  conversationId: z.string(),
  id: z.string(),
  address: replyAddressSchema,
  /** The channel's id of the message it is about; empty where the channel has none yet. */
  externalId: z.string(),
  signal: z.discriminatedUnion('kind', [
    /** The shop has read up to this message. */
    z.object({ kind: z.literal('read') }),
    /** Null: taken back. */
    z.object({ kind: z.literal('reaction'), emoji: z.string().nullable() }),
    /** Do not send this reply after all. Obeyed while nothing of it was begun; answered with the state `cancelled`. */
    z.object({ kind: z.literal('cancel'), messageId: z.string(), attempt: z.number().int().positive() }),
  ]),
  at: z.string(),
});
export type OutboundSignal = z.infer<typeof outboundSignalSchema>;

/** Topic `dead.letter`: what could not be handled, with its raw bytes, so that it can be looked at and replayed. */
export const deadLetterSchema = z.object({
  id: z.string(),
  merchantId: z.string().nullable(),
  accountId: z.string().nullable(),
  /** Where it came from. */
  topic: z.string(),
  partition: z.number().int().nonnegative().nullable(),
  offset: z.string().nullable(),
  key: z.string(),
  headers: z.record(z.string(), z.string()),
  /** Base64 of the entry's bytes, exactly as they were. */
  value: z.string(),
  /** The app that gave up, and why. */
  app: z.string(),
  reason: z.string(),
  at: z.string(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

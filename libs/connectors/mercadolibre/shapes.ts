import { z } from 'zod';

/**
 * What the API answers, as far as Parley reads it. Tolerant: ids come as numbers and strings, most fields may be missing,
 * and what is more is kept in the raw item.
 */
const id = z.union([z.string(), z.number()]).transform(String);
const maybe = <T extends z.ZodType>(type: T) => type.nullish().catch(null);
/** Without the elements that cannot be read. */
const listOf = <T extends z.ZodType>(type: T) =>
  z
    .array(z.unknown())
    .nullish()
    .catch(null)
    .transform((list) =>
      (list ?? []).flatMap((one) => {
        const parsed = type.safeParse(one);
        return parsed.success ? [parsed.data] : [];
      }),
    );

/** One that cannot be read is a file all the same, only without a name. */
export const attachmentSchema = z
  .looseObject({
    filename: maybe(z.string()),
    original_filename: maybe(z.string()),
    type: maybe(z.string()),
    size: maybe(z.number().int().nonnegative()),
    potential_security_threat: maybe(z.boolean()),
  })
  .catch({ filename: null, original_filename: null, type: null, size: null, potential_security_threat: null });
export type Attachment = z.infer<typeof attachmentSchema>;

export const messageSchema = z.looseObject({
  id,
  site_id: maybe(z.string()),
  from: maybe(z.looseObject({ user_id: maybe(id) })),
  to: maybe(z.looseObject({ user_id: maybe(id) })),
  status: maybe(z.string()),
  subject: maybe(z.string()),
  // An older shape has the text one level deeper.
  text: maybe(z.union([z.string(), z.looseObject({ plain: maybe(z.string()) }).transform((text) => text.plain ?? '')])),
  message_date: maybe(
    z.looseObject({
      received: maybe(z.string()),
      created: maybe(z.string()),
      available: maybe(z.string()),
      read: maybe(z.string()),
    }),
  ),
  message_moderation: maybe(
    z.looseObject({ status: maybe(z.string()), reason: maybe(z.string()), moderation_date: maybe(z.string()) }),
  ),
  message_attachments: listOf(attachmentSchema),
  message_resources: listOf(z.looseObject({ id, name: z.string() })),
});
export type PackMessage = z.infer<typeof messageSchema>;

export const conversationStatusSchema = z.looseObject({
  path: maybe(z.string()),
  status: maybe(z.string()),
  substatus: maybe(z.string()),
  status_date: maybe(z.string()),
  claim_ids: listOf(id),
});
export type ConversationStatus = z.infer<typeof conversationStatusSchema>;

export const orderSchema = z.looseObject({
  id,
  pack_id: maybe(id),
  status: maybe(z.string()),
  date_created: maybe(z.string()),
  buyer: maybe(z.looseObject({ id, nickname: maybe(z.string()), first_name: maybe(z.string()), last_name: maybe(z.string()) })),
  order_items: listOf(
    z.looseObject({
      item: z.looseObject({
        id: maybe(id),
        title: maybe(z.string()),
        seller_sku: maybe(z.string()),
        variation_attributes: listOf(z.looseObject({ name: maybe(z.string()), value_name: maybe(z.string()) })),
      }),
      quantity: maybe(z.number().positive()),
      unit_price: maybe(z.number()),
    }),
  ),
  shipping: maybe(z.looseObject({ id: maybe(id) })),
  total_amount: maybe(z.number()),
  currency_id: maybe(z.string()),
});
export type Order = z.infer<typeof orderSchema>;

export const shipmentSchema = z.looseObject({
  id,
  order_id: maybe(id),
  status: maybe(z.string()),
  substatus: maybe(z.string()),
  tracking_number: maybe(z.string()),
  tracking_method: maybe(z.string()),
});
export type Shipment = z.infer<typeof shipmentSchema>;

export const questionSchema = z.looseObject({
  id,
  item_id: maybe(id),
  status: maybe(z.string()),
  text: maybe(z.string()),
  date_created: maybe(z.string()),
  from: maybe(z.looseObject({ id: maybe(id) })),
  hold: maybe(z.boolean()),
  deleted_from_listing: maybe(z.boolean()),
  suspected_spam: maybe(z.boolean()),
  answer: maybe(z.looseObject({ text: maybe(z.string()), status: maybe(z.string()), date_created: maybe(z.string()) })),
});
export type Question = z.infer<typeof questionSchema>;

export const itemSchema = z.looseObject({
  id,
  title: maybe(z.string()),
  permalink: maybe(z.string()),
  thumbnail: maybe(z.string()),
});

export const claimMessageSchema = z.looseObject({
  hash: maybe(z.string()),
  id: maybe(id),
  sender_role: maybe(z.string()),
  receiver_role: maybe(z.string()),
  message: maybe(z.string()),
  date_created: maybe(z.string()),
  attachments: listOf(attachmentSchema),
});
export type ClaimMessage = z.infer<typeof claimMessageSchema>;

export const claimSchema = z.looseObject({ id: maybe(id), status: maybe(z.string()), stage: maybe(z.string()) });

const base = z.enum(['', '/marketplace']).catch('');

/** What one raw item of this channel holds. */
export const rawSchema = z.discriminatedUnion('kind', [
  z.looseObject({
    kind: z.literal('message'),
    packId: z.string().nullable(),
    base,
    message: messageSchema,
    status: maybe(conversationStatusSchema),
    orders: listOf(orderSchema),
    shipments: listOf(shipmentSchema),
  }),
  z.looseObject({
    kind: z.literal('question'),
    question: questionSchema,
    item: maybe(itemSchema),
    readAt: maybe(z.string()),
  }),
  z.looseObject({
    kind: z.literal('order'),
    base,
    order: orderSchema,
    shipment: maybe(shipmentSchema),
    status: maybe(conversationStatusSchema),
    /** Who spoke last on the buyer's side. */
    partner: maybe(z.string()),
    readAt: z.string(),
  }),
  z.looseObject({
    kind: z.literal('claim-message'),
    claimId: z.string(),
    claim: maybe(claimSchema),
    message: claimMessageSchema,
    orders: listOf(orderSchema),
  }),
  z.looseObject({ kind: z.literal('claim'), claimId: z.string(), claim: claimSchema, readAt: z.string() }),
]);
export type Raw = z.infer<typeof rawSchema>;
export type RawOf<K extends Raw['kind']> = Extract<Raw, { kind: K }>;

import {
  cloudEventSchema,
  contactSchema,
  conversationSchema,
  deliverySchema,
  messageSchema,
  orderSchema,
  partSchema,
  replyWindowSchema,
  translationSchema,
} from '@parley/model';
import { z } from 'zod';
import { partInput } from '../replies/bodies';

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** Schemas that many answers share: described once, referred to by name. */
const answers: Readonly<Record<string, z.ZodType>> = {
  Part: partSchema,
  Translation: translationSchema,
  Delivery: deliverySchema,
  Message: messageSchema,
  Order: orderSchema,
  ReplyWindow: replyWindowSchema,
  Conversation: conversationSchema,
  Contact: contactSchema,
  CloudEvent: cloudEventSchema,
};
const bodies: Readonly<Record<string, z.ZodType>> = { PartInput: partInput };

/**
 * Turns zod schemas into JSON Schema 2020-12 whose common parts lie under `#/components/schemas`. What is sent to us is described
 * as strictly as it is checked; what we answer may grow, so that nobody is told there will be nothing else in it.
 */
export class Components {
  private readonly inputs = z.registry<{ id: string }>();
  private readonly outputs = z.registry<{ id: string }>();
  private inline = 0;

  constructor() {
    for (const [id, schema] of Object.entries(answers)) this.outputs.add(schema, { id });
    for (const [id, schema] of Object.entries(bodies)) this.inputs.add(schema, { id });
  }

  /** Notes a schema; `resolve` gives it once all are known. */
  add(schema: z.ZodType, io: 'input' | 'output'): { readonly $ref: string } {
    const registry = io === 'input' ? this.inputs : this.outputs;
    const known = registry.get(schema)?.id;
    const id = known ?? `Inline${++this.inline}`;
    if (!known) registry.add(schema, { id });
    return { $ref: refOf(id) };
  }

  /** All of them by name. */
  all(): Record<string, JsonSchema> {
    const made = { ...toSchemas(this.inputs, 'input'), ...toSchemas(this.outputs, 'output') };
    return Object.fromEntries(Object.entries(made).map(([id, { $id: _id, $schema: _schema, ...schema }]) => [id, schema]));
  }
}

export const refOf = (id: string): string => `#/components/schemas/${id}`;

function toSchemas(registry: z.core.$ZodRegistry<{ id: string }>, io: 'input' | 'output'): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(registry, {
    io,
    uri: refOf,
    unrepresentable: 'any',
    override: io === 'output' ? grows : undefined,
  });
  return schemas as Record<string, JsonSchema>;
}

export function grows({ jsonSchema }: { jsonSchema: { additionalProperties?: unknown } }): void {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
}

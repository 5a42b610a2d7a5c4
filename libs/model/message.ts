import { z } from 'zod';
import { deliverySchema } from './delivery';
import { partSchema } from './parts';

export const authorSchema = z.object({
  kind: z.enum(['buyer', 'agent', 'bot', 'system']),
  id: z.string(),
  name: z.string().nullable().default(null),
});
export type Author = z.infer<typeof authorSchema>;

/** The result of one safety check on a translation: `ok`, or what is wrong in words an agent can act on. */
export const checksSchema = z.record(z.string(), z.string());

export const translationSchema = z.object({
  language: z.string(),
  parts: z.array(partSchema),
  /** Which engine wrote it; `person` when an agent did. */
  engine: z.string(),
  checks: checksSchema,
  editedBy: z.string().nullable().default(null),
  /** Version of the glossary in force, to find what a later correction touches. */
  glossaryVersion: z.number().int().nonnegative().optional(),
  durationMs: z.number().nonnegative().optional(),
});
export type Translation = z.infer<typeof translationSchema>;

export const reactionSchema = z.object({ emoji: z.string().nullable(), author: authorSchema, at: z.string() });
/** A later form of the message; the first one stays in `parts`. */
export const editSchema = z.object({
  parts: z.array(partSchema),
  at: z.string(),
  translation: translationSchema.nullable().optional(),
});
export type Reaction = z.infer<typeof reactionSchema>;
export type Edit = z.infer<typeof editSchema>;

/** Why an inbound message carries no translation (yet): said plainly, so that nobody has to guess. */
export const translationStatusSchema = z.enum(['pending', 'done', 'not-needed', 'no-engine', 'failed']);
export type TranslationStatus = z.infer<typeof translationStatusSchema>;

/** One message of a conversation, as the API and the event stream show it. */
export const messageSchema = z.object({
  id: z.string(),
  conversationId: z.string(),
  accountId: z.string(),
  channel: z.string(),
  direction: z.enum(['inbound', 'outbound']),
  /** Position in the conversation, from 1, gap-free, never reused. */
  sequence: z.number().int().positive(),
  author: authorSchema,
  parts: z.array(partSchema),
  /** BCP 47; `und` where there is nothing to tell a language by. */
  language: z.string(),
  translations: z.array(translationSchema),
  translationStatus: translationStatusSchema,
  replyTo: z.string().nullable(),
  externalId: z.string().nullable(),
  clientKey: z.string().nullable(),
  /** A private note of the team: stored in the thread, never sent. */
  note: z.boolean().default(false),
  /** The channel's clock, RFC 3339 UTC. */
  sentAt: z.string(),
  /** Our clock, RFC 3339 UTC. */
  receivedAt: z.string(),
  delivery: deliverySchema.nullable(),
  reactions: z.array(reactionSchema),
  edits: z.array(editSchema),
  recalledAt: z.string().nullable(),
});
export type Message = z.infer<typeof messageSchema>;

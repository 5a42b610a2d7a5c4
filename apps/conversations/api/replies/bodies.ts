import { cardPart, choicePart, contactPart, locationPart, templatePart, textPart } from '@parley/model';
import { z } from 'zod';
import { language } from '../page';

const TEXT_LENGTH_MAX = 50_000;
const PARTS_MAX = 20;

const text = z
  .string()
  .max(TEXT_LENGTH_MAX)
  .refine((value) => value.trim() !== '', 'must say something');

const strict = <S extends z.ZodRawShape>(schema: z.ZodObject<S>) => z.strictObject(schema.shape);

/** A file that was uploaded before (`POST /v1/media`); what is known of it is filled in. */
const mediaInput = z.strictObject({
  kind: z.literal('media'),
  url: z.string().max(2_000).describe('`url` of an uploaded file.'),
  mime: z.string().max(255).optional(),
  name: z.string().max(255).nullish(),
  sizeBytes: z.number().int().nonnegative().nullish(),
  caption: z.string().max(TEXT_LENGTH_MAX).nullish(),
  durationMs: z.number().nonnegative().optional(),
  width: z.number().int().positive().optional(),
  height: z.number().int().positive().optional(),
});

/** What a shop can say. */
export const partInput = z.discriminatedUnion('kind', [
  z.strictObject({ ...textPart.shape, text }),
  mediaInput,
  strict(locationPart),
  strict(contactPart),
  strict(choicePart),
  strict(templatePart),
  strict(cardPart),
]);
export type PartInput = z.infer<typeof partInput>;

const partsInput = z.array(partInput).min(1).max(PARTS_MAX);

export const translationInput = z
  .union([text, partsInput])
  .describe('What the buyer is to get, as a person edited it: sent exactly so, not translated again.');

/** What is to be said, and how. */
const content = {
  text: text.optional(),
  parts: partsInput.optional(),
  language: language.optional().describe("Language it is written in; default: the merchant's."),
  translate: z.boolean().default(true).describe('False: it leaves as written.'),
  translation: translationInput.optional(),
};

type Content = { text?: unknown; parts?: unknown; template?: unknown; translation?: unknown };

/** Exactly one of the ways to say something. */
function oneContent(body: Content, context: z.RefinementCtx): void {
  const given = ['text', 'parts', 'template'].filter((name) => body[name as keyof Content] !== undefined);
  if (given.length === 1) return;
  const message = given.length === 0 ? 'There is nothing to say: give text or parts.' : `Give one of ${given.join(' and ')}.`;
  context.addIssue({ code: 'custom', path: given[1] ? [given[1]] : ['text'], message });
}

const replyFields = { ...content, replyTo: z.string().max(100).nullish().describe('Id of the message it answers.') };

export const replyBody = z
  .strictObject({
    ...replyFields,
    note: z.boolean().default(false).describe('A private note of the team: never sent.'),
    ownerGeneration: z.number().int().nonnegative().optional().describe('For bots: the ownership they speak under.'),
    clientKey: z.string().max(200).optional().describe('Comes back with the message.'),
  })
  .superRefine(oneContent)
  .superRefine((body, context) => {
    if (body.note && body.translation !== undefined)
      context.addIssue({ code: 'custom', path: ['translation'], message: 'A note is sent to nobody: it has no translation.' });
  });
export type ReplyBody = z.infer<typeof replyBody>;

export const previewBody = z
  .strictObject({
    ...replyFields,
    note: z.literal(false).optional(),
    ownerGeneration: z.number().int().nonnegative().optional(),
    clientKey: z.string().max(200).optional(),
    backTranslate: z.boolean().default(false).describe('Also translate the translation back.'),
  })
  .superRefine(oneContent);
export type PreviewBody = z.infer<typeof previewBody>;

export const startBody = z
  .strictObject({
    accountId: z.string().max(100),
    to: z.union([
      z.strictObject({
        address: z.string().min(1).max(500).describe("The channel's own id: phone, e-mail, user id."),
        name: z.string().max(200).nullish(),
        language: language.optional(),
      }),
      z.strictObject({ contactId: z.string().max(100) }),
    ]),
    ...content,
    template: strict(templatePart.omit({ kind: true })).optional(),
    subject: z.string().max(500).optional(),
    clientKey: z.string().max(200).optional(),
  })
  .superRefine(oneContent);
export type StartBody = z.infer<typeof startBody>;

export const retryBody = z.strictObject({});
export const releaseBody = z.strictObject({ translation: translationInput.optional() });

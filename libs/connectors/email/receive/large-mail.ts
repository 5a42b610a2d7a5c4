import { z } from 'zod';

/** Stands for a mail that could not be fetched: too large, or the server cannot give it. The mail stays in the mailbox. */
export const largeMailSchema = z.object({
  kind: z.literal('mail-left-in-mailbox'),
  reason: z.enum(['too-large', 'unreadable']),
  /** Base64. */
  header: z.string(),
  sizeBytes: z.number(),
});
export type LargeMail = z.infer<typeof largeMailSchema>;

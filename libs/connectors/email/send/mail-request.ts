import { z } from 'zod';

/** One mail, ready to be built: everything in it is fixed, so that every try builds the same bytes. */
export const mailRequestSchema = z.object({
  /** With brackets; derived from message and attempt. */
  messageId: z.string(),
  /** The same, for our own header: kept where a server replaces the Message-ID. */
  mark: z.string(),
  from: z.object({ address: z.string(), name: z.string().nullable() }),
  to: z.object({ address: z.string(), name: z.string().nullable() }),
  /** Signed address that leads an answer back; null where the mailbox takes no plus addresses. */
  replyTo: z.string().nullable(),
  subject: z.string(),
  inReplyTo: z.string().nullable(),
  references: z.array(z.string()),
  text: z.string(),
  language: z.string(),
  files: z.array(z.object({ url: z.string(), name: z.string().nullable(), mime: z.string() })),
  /** No person pressed send: other machines are asked not to answer. */
  automatic: z.boolean(),
  /** RFC 3339. */
  date: z.string(),
});
export type MailRequest = z.infer<typeof mailRequestSchema>;

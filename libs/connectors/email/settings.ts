import { secret } from '@parley/connector';
import { z } from 'zod';

const server = {
  host: z.string().trim().min(1).max(255),
  port: z.number().int().min(1).max(65_535),
  secure: z
    .boolean()
    .describe(
      'TLS from the first byte (993, 465). Otherwise STARTTLS is required; only a server on this machine may be spoken to without it.',
    ),
};

export const emailSettings = z
  .object({
    address: z
      .string()
      .trim()
      .regex(/^[^\s<>"',;:@]{1,64}@[^\s<>"',;:@]{1,255}$/, 'This is no e-mail address.')
      .describe('The mailbox buyers write to; replies leave from it.'),
    name: z.string().trim().max(200).optional().describe('Shown beside the address.'),
    imap: z.object({
      ...server,
      user: z.string().min(1).max(320),
      password: secret('Of the mailbox, or an app password.'),
      mailbox: z.string().min(1).max(255).optional().describe('Folder that is read; INBOX when left out.'),
    }),
    smtp: z.object({ ...server, user: z.string().min(1).max(320).optional(), password: secret().optional() }),
    plusAddressing: z
      .boolean()
      .optional()
      .describe(
        'The mailbox also takes name+anything@domain: replies then carry the conversation in their address. Known for large providers.',
      ),
  })
  .strict();
export type EmailSettings = z.output<typeof emailSettings>;

/** Providers that deliver `name+anything@` to `name@`. */
const PLUS_HOSTS =
  /(^|\.)(gmail\.com|googlemail\.com|outlook\.com|office365\.com|fastmail\.com|messagingengine\.com|icloud\.com|me\.com|protonmail\.com|proton\.me|zoho\.com|mailbox\.org|purelymail\.com|migadu\.com)$/i;

export const takesPlusAddresses = (settings: EmailSettings): boolean =>
  settings.plusAddressing ?? PLUS_HOSTS.test(settings.imap.host);

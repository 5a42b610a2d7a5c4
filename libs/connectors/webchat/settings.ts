import { secret } from '@parley/connector';
import { z } from 'zod';

const ORIGIN = /^(\*|https?:\/\/(\*\.)?[a-z0-9.-]+(:\d{1,5})?)$/;

export const webchatSettings = z.object({
  allowedOrigins: z
    .array(z.string().trim().toLowerCase().regex(ORIGIN, 'An origin looks like https://shop.example or https://*.shop.example.'))
    .max(100)
    .default([])
    .describe('Web pages that may show the chat, e.g. https://shop.example. Empty: any.'),
  identitySecret: secret('Signs the user ids of customers who are logged in to the shop.').optional(),
  title: z.string().max(80).optional().describe('Shown on top of the chat window.'),
  languages: z.array(z.string().min(2).max(35)).max(50).optional().describe('Languages the window offers, BCP 47.'),
});
export type WebchatSettings = z.output<typeof webchatSettings>;

/**
 * May a page of this origin use the chat? Browsers name the origin whenever a page of another site asks; a request that
 * names none comes from no foreign page, and its token has to stand alone.
 */
export function isAllowedOrigin(allowedOrigins: readonly string[], origin: string | undefined): boolean {
  if (allowedOrigins.length === 0 || origin === undefined) return true;
  const asked = origin.toLowerCase();
  return allowedOrigins.some((allowed) => {
    if (allowed === '*' || allowed === asked) return true;
    const [scheme, host] = allowed.split('://*.');
    return host !== undefined && asked.startsWith(`${scheme}://`) && asked.endsWith(`.${host}`);
  });
}

import { createHmac, randomBytes } from 'node:crypto';
import { equalsSecret } from '@parley/connector';
import { z } from 'zod';

/**
 * Who writes in the chat window. The token is signed with the account's key and kept by the browser; nothing about a
 * session is stored here. The visitor's id names the conversation, so that the same token always leads back to it.
 */
export const SESSION_MS = 30 * 24 * 3_600_000;
const CONTEXT_BYTES_MAX = 4_096;
const TOKEN_LENGTH_MAX = 12_000;

/** What the page tells about itself: `url`, `title`, `product`, `order`, and whatever else the shop's page adds. */
export const webchatContextSchema = z
  .record(z.string().min(1).max(64), z.unknown())
  .refine((context) => Buffer.byteLength(JSON.stringify(context)) <= CONTEXT_BYTES_MAX, {
    message: `The context is larger than ${CONTEXT_BYTES_MAX} bytes of JSON.`,
  });
export type WebchatContext = z.infer<typeof webchatContextSchema>;

export const webchatClaimsSchema = z.object({
  visitorId: z.string().min(1).max(200),
  name: z.string().max(200).optional(),
  email: z.string().max(320).optional(),
  /** The shop's own server vouched for this person. */
  verified: z.boolean(),
  /** BCP 47, as the browser says. */
  language: z.string().max(35).optional(),
  context: webchatContextSchema.optional(),
  /** Milliseconds since 1970. */
  issuedAt: z.number().int().nonnegative(),
  expiresAt: z.number().int().nonnegative(),
});
export type WebchatClaims = z.infer<typeof webchatClaimsSchema>;

/** A token that only this account can have made. */
export function issueSession(signingKey: Uint8Array, claims: WebchatClaims): string {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${payload}.${signatureOf(signingKey, payload)}`;
}

/** What the token says; null when it was not made by this account, was changed, or is over. */
export function readSession(signingKey: Uint8Array, token: string, nowMs: number): WebchatClaims | null {
  if (token.length > TOKEN_LENGTH_MAX) return null;
  const [payload, signature, ...rest] = token.split('.');
  if (!payload || !signature || rest.length > 0) return null;
  if (!equalsSecret(signature, signatureOf(signingKey, payload))) return null;
  try {
    const claims = webchatClaimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    return claims.expiresAt > nowMs ? claims : null;
  } catch {
    return null;
  }
}

const signatureOf = (signingKey: Uint8Array, payload: string): string =>
  createHmac('sha256', signingKey).update('webchat-session.').update(payload).digest('base64url');

/** An anonymous visitor: 128 random bits, so that nobody guesses another's conversation. */
export const newVisitorId = (): string => `visitor-${randomBytes(16).toString('hex')}`;

/** A person the shop knows: the same in every browser. Never given out without the shop's signature. */
export const knownVisitorId = (userId: string): string => `user-${userId}`;

/** The shop's server signed this user id with the identity secret (HMAC-SHA256, hex). */
export const isSignedIdentity = (identitySecret: string, userId: string, signature: string): boolean =>
  equalsSecret(signature.toLowerCase(), createHmac('sha256', identitySecret).update(userId).digest('hex'));

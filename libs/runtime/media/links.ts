import { createHmac, timingSafeEqual } from 'node:crypto';
import { mediaPath } from '../media';
import type { SecretBox } from '../secret-box';

/**
 * A link that opens one file, without a key, until it expires: for browsers and channels.
 * @returns the path with its query, such as `/v1/media/med_1?merchant=mer_1&expires=1790000000&signature=...`.
 */
export function signMediaLink(secrets: SecretBox, merchantId: string, id: string, expiresAt: number): string {
  const expires = String(Math.floor(expiresAt / 1000));
  const query = new URLSearchParams({ merchant: merchantId, expires, signature: signature(secrets, merchantId, id, expires) });
  return `${mediaPath(id)}?${query}`;
}

/** Whose file the link opens; null when it is forged or has expired. `query` is that of the request. */
export function verifyMediaLink(
  secrets: SecretBox,
  id: string,
  query: Readonly<Record<string, unknown>>,
  now: number = Date.now(),
): { readonly merchantId: string } | null {
  const { merchant, expires, signature: given } = query;
  if (typeof merchant !== 'string' || typeof expires !== 'string' || typeof given !== 'string') return null;
  const expected = Buffer.from(signature(secrets, merchant, id, expires));
  const actual = Buffer.from(given);
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) return null;
  return Number(expires) * 1000 > now ? { merchantId: merchant } : null;
}

function signature(secrets: SecretBox, merchantId: string, id: string, expires: string): string {
  // Length first, so that no two triples read the same.
  const signed = [merchantId, id, expires].map((field) => `${field.length}:${field}`).join('');
  return createHmac('sha256', secrets.derive('media links')).update(signed).digest('base64url');
}

import { createHash, timingSafeEqual } from 'node:crypto';
import type { z } from 'zod';
import { WebhookRejection } from './errors';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The body as JSON. @throws WebhookRejection 400 when it is not UTF-8 or not JSON. */
export function readJsonBody(rawBody: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(rawBody);
  } catch {
    throw new WebhookRejection(400, 'malformed-body', 'The body is not UTF-8.', '');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new WebhookRejection(400, 'malformed-body', 'The body is not JSON.', '');
  }
}

/** The first thing wrong with a body, as a rejection that points to it. */
export function rejectionOf(error: z.ZodError): WebhookRejection {
  const issue = error.issues[0];
  const message = issue ? issue.message : 'The body does not have the expected shape.';
  return new WebhookRejection(400, 'malformed-body', message, jsonPointer(issue?.path ?? []));
}

/** RFC 6901. */
export const jsonPointer = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Compares in constant time, whatever the lengths. */
export function equalsSecret(given: string | Uint8Array, expected: string | Uint8Array): boolean {
  const digest = (value: string | Uint8Array) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

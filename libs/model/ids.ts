import { hash, randomBytes } from 'node:crypto';

/**
 * Ids are derived, not assigned: the same thing seen twice gets the same id, so a duplicate is a primary-key conflict
 * and a replay changes nothing. 26 characters of base32 keep 130 bits of SHA-256.
 */
export type MessageId = `msg_${string}`;
export type ConversationId = `cnv_${string}`;
export type ContactId = `con_${string}`;
export type MediaId = `med_${string}`;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 26;

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >> bits) & 31];
      if (text.length === LENGTH) return text;
    }
    held &= (1 << bits) - 1;
  }
  return text;
}

/** Length-prefixed, so that ("a", "bc") and ("ab", "c") never meet. */
function digest(...fields: string[]): string {
  const text = fields.map((field) => `${Buffer.byteLength(field)}:${field}`).join('');
  return base32(hash('sha256', text, 'buffer'));
}

/** `part` tells apart messages that one channel item splits into; 0 for the first. */
export const messageId = (accountId: string, externalId: string, part = 0): MessageId =>
  `msg_${digest('message', accountId, externalId, String(part))}`;

/** A reply's external id is the caller's Idempotency-Key: the same key is the same message. */
export const replyId = (conversationId: string, idempotencyKey: string): MessageId =>
  `msg_${digest('reply', conversationId, idempotencyKey)}`;

export const conversationId = (accountId: string, thread: string): ConversationId =>
  `cnv_${digest('conversation', accountId, thread)}`;

export const contactId = (accountId: string, address: string): ContactId => `con_${digest('contact', accountId, address)}`;

/** Media is named by where it came from, so that a second download lands on the first. */
export const mediaId = (merchantId: string, source: string): MediaId => `med_${digest('media', merchantId, source)}`;

/** One item or notice of a channel: the connector says by what it is recognised. */
export const rawId = (accountId: string, dedupeKey: string): string => `raw_${digest('raw', accountId, dedupeKey)}`;
export const noticeId = (accountId: string, dedupeKey: string): string => `not_${digest('notice', accountId, dedupeKey)}`;

/** `source`: what tells this failure from others; the same failure seen twice is one dead letter. */
export const deadLetterId = (app: string, ...source: string[]): string => `ded_${digest('dead letter', app, ...source)}`;

/** An event keeps its id through retries and replays: it is derived from what happened, not when it was written. */
export const eventId = (type: string, subject: string, discriminator: string): string =>
  `evt_${digest('event', type, subject, discriminator)}`;

/** For things people create (accounts, keys, merchants): 130 random bits. */
export const newId = <P extends string>(prefix: P): `${P}_${string}` => `${prefix}_${base32(randomBytes(20))}`;

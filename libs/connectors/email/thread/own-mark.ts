import { createHmac } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { equalsSecret } from '@parley/connector';

/**
 * Names a mail of ours inside its Message-ID: message, conversation, attempt, a tag of the recipient, and a signature.
 * A reply or a bounce that brings it back is put where it belongs without looking anything up, and nobody else can
 * make one. All of it survives mailers that change letters to lower case.
 */
export interface OwnMark {
  readonly messageId: string;
  readonly conversationId: string;
  readonly attempt: number;
  /** Was it sent to this address? */
  isTo(address: string): boolean;
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const SIGNATURE_LENGTH = 14;
const TAG_LENGTH = 4;

export function sign(key: Uint8Array, purpose: string, text: string, length: number): string {
  const digest = createHmac('sha256', key).update(`email.${purpose}.`).update(text).digest();
  return [...digest.subarray(0, length)].map((byte) => ALPHABET[byte & 31]).join('');
}

/** Our ids without their prefix; any other id in hexadecimal, behind an `x`. */
const pack = (prefix: string, id: string): string => {
  const bare = id.startsWith(prefix) ? id.slice(prefix.length) : '';
  return /^[0-9a-hjkmnp-tv-z]{26}$/.test(bare) ? bare : `x${Buffer.from(id).toString('hex')}`;
};
const unpack = (prefix: string, text: string): string =>
  text.startsWith('x') && text.length !== 26 ? Buffer.from(text.slice(1), 'hex').toString('utf8') : prefix + text;

export function makeMark(
  key: Uint8Array,
  mail: { messageId: string; conversationId: string; attempt: number; to: string },
): string {
  const head = [pack('msg_', mail.messageId), pack('cnv_', mail.conversationId), mail.attempt, tagOf(key, mail.to)].join('.');
  return `${head}.${sign(key, 'mark', head, SIGNATURE_LENGTH)}`;
}

const tagOf = (key: Uint8Array, address: string): string => sign(key, 'to', address.toLowerCase(), TAG_LENGTH);

/** The mark in a Message-ID or in our own header; null when it is not ours. */
export function readMark(key: Uint8Array, text: string | null): OwnMark | null {
  const local = (text ?? '').trim().replace(/^</, '').split('@', 1)[0]?.toLowerCase() ?? '';
  const match = /^([0-9a-z]{1,400})\.([0-9a-z]{1,400})\.(\d{1,6})\.([0-9a-z]{4})\.([0-9a-z]{14})$/.exec(local);
  if (!match) return null;
  const [, message = '', conversation = '', attempt = '', tag = '', signature = ''] = match;
  if (!equalsSecret(signature, sign(key, 'mark', local.slice(0, -SIGNATURE_LENGTH - 1), SIGNATURE_LENGTH))) return null;
  return {
    messageId: unpack('msg_', message),
    conversationId: unpack('cnv_', conversation),
    attempt: Number(attempt),
    isTo: (address) => equalsSecret(tag, tagOf(key, address)),
  };
}

/** The same message and attempt always leave under the same id, so that servers and programs see a repeat as one. */
export function messageIdOf(mark: string, ownAddress: string): string {
  const domain = ownAddress.slice(ownAddress.lastIndexOf('@') + 1).toLowerCase();
  return `<${mark}@${domainToASCII(domain) || 'parley.invalid'}>`;
}

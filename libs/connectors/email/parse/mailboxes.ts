import { domainToASCII } from 'node:url';
import { cleanText } from './charset';
import { decodeHeader, splitOutsideQuotes } from './headers';
import { LIMITS } from './limits';

export interface Mailbox {
  /** Local part as written, domain in lower case as A-label; empty where the field held only a name. */
  readonly address: string;
  readonly name: string | null;
}

/** The people of an address field. Structure first, decoding second: a comma inside an encoded name separates nobody. */
export function readMailboxes(raw: string | null, hint: string | null = null): Mailbox[] {
  if (!raw) return [];
  const mailboxes: Mailbox[] = [];
  for (const piece of splitOutsideQuotes(raw, ',', ';')) {
    // A group: `Team: a@x, b@y;`. Its name is nobody's address, an empty one is nobody at all.
    const group = /^\s*[^"<>@:]*:(?!\/\/)(.*)$/s.exec(piece);
    const mailbox = readMailbox(group ? (group[1] ?? '') : piece, hint);
    if (mailbox) mailboxes.push(mailbox);
    if (mailboxes.length >= LIMITS.mailboxes) break;
  }
  return mailboxes;
}

function readMailbox(piece: string, hint: string | null): Mailbox | null {
  const open = piece.lastIndexOf('<');
  const close = piece.indexOf('>', open);
  if (open >= 0) {
    const address = normalizeAddress(decodeHeader(piece.slice(open + 1, close < 0 ? undefined : close), hint));
    const name = displayName(piece.slice(0, open), hint) ?? displayName(close < 0 ? '' : piece.slice(close + 1), hint);
    return address || name ? { address, name } : null;
  }
  const comment = /\(([^()]*)\)/.exec(piece);
  const rest = decodeHeader(piece.replaceAll(/\([^()]*\)/g, ' '), hint);
  if (!rest && !comment) return null;
  const word = rest.split(' ').find((each) => each.includes('@'));
  if (!word) return { address: '', name: rest || null };
  return { address: normalizeAddress(word), name: comment ? displayName(comment[1] ?? '', hint) : null };
}

/** Longer ones are no names, and cost time. */
const NAME_LENGTH_MAX = 2_000;

function displayName(raw: string, hint: string | null): string | null {
  const text = raw.trim().slice(0, NAME_LENGTH_MAX);
  const inner =
    text.startsWith('"') && text.endsWith('"') && text.length > 1 ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text;
  const name = decodeHeader(inner, hint)
    .replaceAll(/^["']+|["']+$/g, '')
    .trim();
  return name ? name.slice(0, 300).toWellFormed() : null;
}

/** Domain in lower case and ASCII, local part as it is; empty when it is no address. */
export function normalizeAddress(text: string): string {
  if (text.length > 1_000) return '';
  const address = cleanText(text)
    .replaceAll(/^[\s<'"]+|[\s>'"]+$/g, '')
    .replaceAll(/\s/g, '');
  const at = address.lastIndexOf('@');
  if (at < 1 || at === address.length - 1 || address.length > 400) return '';
  const domain = address.slice(at + 1).toLowerCase();
  return `${address.slice(0, at)}@${domainToASCII(domain) || domain}`;
}

/** For comparing: nobody runs two mailboxes that differ in case. */
export const sameAddress = (a: string, b: string): boolean => a !== '' && a.toLowerCase() === b.toLowerCase();

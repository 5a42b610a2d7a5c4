import { equalsSecret } from '@parley/connector';
import { sign } from './own-mark';

const SIGNATURE_LENGTH = 10;
const BARE_ID = /^[0-9a-hjkmnp-tv-z]{26}$/;

/**
 * `support+<conversation>-<signature>@shop`: an address that leads an answer back to its conversation, whatever the
 * buyer's program does to the headers. It does not prove who writes: a forwarded mail carries it along. Null for a
 * conversation whose id does not fit into an address.
 */
export function makeReplyAddress(key: Uint8Array, ownAddress: string, conversationId: string): string | null {
  const bare = conversationId.replace(/^cnv_/, '');
  const at = ownAddress.lastIndexOf('@');
  const local = ownAddress.slice(0, at);
  if (!BARE_ID.test(bare) || local.includes('+')) return null;
  const address = `${local}+${bare}-${sign(key, 'reply', bare, SIGNATURE_LENGTH)}@${ownAddress.slice(at + 1)}`;
  return address.lastIndexOf('@') <= 64 ? address : null;
}

/** The conversation a signed address among `recipients` names; a forged one is ignored. */
export function readReplyAddress(key: Uint8Array, ownAddress: string, recipients: readonly string[]): string | null {
  const at = ownAddress.lastIndexOf('@');
  const start = `${ownAddress.slice(0, at)}+`.toLowerCase();
  for (const recipient of recipients) {
    const address = recipient.toLowerCase();
    if (!address.startsWith(start)) continue;
    const [bare = '', signature = ''] = address.slice(start.length, address.lastIndexOf('@')).split('-');
    if (BARE_ID.test(bare) && equalsSecret(signature, sign(key, 'reply', bare, SIGNATURE_LENGTH))) return `cnv_${bare}`;
  }
  return null;
}

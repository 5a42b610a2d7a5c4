import type { RawItem } from '@parley/connector';
import type { FetchMessageObject, ImapFlow } from 'imapflow';
import { contentHash, LIMITS } from '../parse';
import type { LargeMail } from './large-mail';

/** One mail of the open folder as an item; null when it is gone meanwhile. `where` names it when its bytes cannot be had. */
export async function fetchMail(client: ImapFlow, meta: FetchMessageObject, where: string): Promise<RawItem | null> {
  const sizeBytes = meta.size ?? 0;
  if (sizeBytes > LIMITS.messageBytes) return leftInMailbox(client, meta.uid, 'too-large', sizeBytes, where);
  try {
    const found = await client.fetchOne(String(meta.uid), { uid: true, source: true }, { uid: true });
    const source = found ? found.source : undefined;
    return source ? itemOf(source, meta.internalDate) : null;
  } catch (error) {
    // One mail the server cannot give must not stop the others. A broken connection is another matter.
    if (!client.usable) throw error;
    return leftInMailbox(client, meta.uid, 'unreadable', sizeBytes, where);
  }
}

/** Named by its content, so that the same mail in another folder or under a new UID is seen as the same. */
export function itemOf(source: Buffer, internalDate: Date | string | undefined): RawItem {
  const bytes = withTrace(source, internalDate);
  return { dedupeKey: `mail:${contentHash(source)}`, content: { bytes } };
}

/** Mail that no server stamped gets the stamp of its mailbox: without it nobody knows when it came. */
function withTrace(source: Buffer, internalDate: Date | string | undefined): Buffer {
  const head = source.subarray(0, LIMITS.headerBytes).toString('latin1');
  const end = /\r?\n\r?\n/.exec(head)?.index ?? head.length;
  const date = new Date(internalDate ?? Number.NaN);
  if (/^received:/im.test(head.slice(0, end)) || Number.isNaN(date.getTime())) return source;
  return Buffer.concat([Buffer.from(`Received: by parley (mailbox);\r\n ${date.toUTCString()}\r\n`), source]);
}

async function leftInMailbox(
  client: ImapFlow,
  uid: number,
  reason: LargeMail['reason'],
  sizeBytes: number,
  where: string,
): Promise<RawItem | null> {
  let header = Buffer.alloc(0);
  try {
    const found = await client.fetchOne(String(uid), { uid: true, headers: true }, { uid: true });
    if (!found) return null;
    header = Buffer.from((found.headers ?? Buffer.alloc(0)).subarray(0, LIMITS.headerBytes));
  } catch (error) {
    if (!client.usable) throw error;
  }
  const json: LargeMail = { kind: 'mail-left-in-mailbox', reason, header: header.toString('base64'), sizeBytes };
  return { dedupeKey: header.length ? `mail-header:${contentHash(header)}` : `mail-at:${where}:${uid}`, content: { json } };
}

import { createHash } from 'node:crypto';
import { Headers, readHeaders } from './headers';

/**
 * Names a mail by what its sender wrote: From, To, Date, Subject, Message-ID and the body. What servers add on the way
 * (Received, Authentication-Results, …) and their line ends do not count, so the same mail has the same name in every
 * folder, after every move, under every UIDVALIDITY; two mails that share a Message-ID have two names.
 */
export function contentHash(bytes: Buffer): string {
  const block = readHeaders(bytes, 0, bytes.length);
  const headers = new Headers(block.fields);
  const hash = createHash('sha256');
  for (const name of ['message-id', 'from', 'to', 'date', 'subject']) {
    const value = (headers.raw(name) ?? '').replaceAll(/\s+/g, ' ');
    hash.update(`${name}:${value.length}:`).update(value, 'latin1');
  }
  hashBody(hash, bytes, block.end);
  return hash.digest('hex');
}

/** The body with LF line ends and without the line breaks at its end, which servers add and drop. */
function hashBody(hash: ReturnType<typeof createHash>, bytes: Buffer, from: number): void {
  let end = bytes.length;
  while (end > from && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end--;
  let at = from;
  while (at < end) {
    const cr = bytes.indexOf(0x0d, at);
    const stop = cr < 0 || cr >= end ? end : cr;
    hash.update(bytes.subarray(at, stop));
    if (stop < end && bytes[stop + 1] !== 0x0a) hash.update('\n');
    at = stop + (stop < end ? 1 : 0);
  }
}

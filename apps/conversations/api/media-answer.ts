import type { MediaInfo } from '@parley/runtime';
import { ProblemError } from '@parley/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What a browser may show in place. Everything else is saved, never opened: a page or an SVG would run as one of ours. */
const SHOWN = /^(image\/(png|jpeg|gif|webp|avif|bmp)|audio\/[\w.+-]+|video\/[\w.+-]+|application\/pdf|text\/plain)$/;

/** Sends a file, or the piece of it that was asked for (one range, RFC 9110). The bytes of an id never change. */
export async function answerFile(
  info: MediaInfo,
  request: FastifyRequest,
  reply: FastifyReply,
  read: () => Promise<Uint8Array>,
): Promise<Buffer | null> {
  const etag = `"${info.id}"`;
  const type = info.mime.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const shown = SHOWN.test(type);
  reply.headers({
    etag,
    'cache-control': 'private, max-age=86400, immutable',
    'accept-ranges': 'bytes',
    'content-disposition': disposition(shown ? 'inline' : 'attachment', info.name),
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
  });
  if (request.headers['if-none-match'] === etag) {
    reply.status(304);
    return null;
  }
  const range = rangeOf(request.headers.range, info.sizeBytes);
  reply.type(shown ? textWithCharset(type) : 'application/octet-stream');
  const bytes = Buffer.from(await read());
  if (!range) return bytes;
  reply.status(206).header('content-range', `bytes ${range.first}-${range.last}/${info.sizeBytes}`);
  return bytes.subarray(range.first, range.last + 1);
}

const textWithCharset = (type: string): string => (type === 'text/plain' ? 'text/plain; charset=utf-8' : type);

/** Null: the whole file, also for ranges nobody has to understand. @throws ProblemError 416 when there is no such piece. */
export function rangeOf(header: string | undefined, size: number): { first: number; last: number } | null {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return null;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (first <= last && first < size) return { first, last };
  throw new ProblemError(416, 'no-such-range', `The file has ${size} bytes.`, {
    headers: { 'content-range': `bytes */${size}` },
  });
}

/** RFC 6266, with a name in ASCII beside the real one. */
export function disposition(kind: 'inline' | 'attachment', name: string | null): string {
  if (!name) return kind;
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const extended = encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${extended}`;
}

import { ProblemError } from '@parley/runtime';
import type { FastifyRequest } from 'fastify';

export interface ReceivedFile {
  readonly bytes: Uint8Array;
  readonly mime: string;
  readonly name: string | null;
}

const MIME = /^[\w.+-]+\/[\w.+-]+(\s*;[^\r\n]*)?$/;
const NAME_LENGTH_MAX = 255;

/** The file of a request: the first one of a form, or the body itself. @throws ProblemError 400 when there is none. */
export async function receivedFile(request: FastifyRequest, givenName: string | null): Promise<ReceivedFile> {
  const contentType = request.headers['content-type'] ?? 'application/octet-stream';
  const file = /^multipart\/form-data\b/i.test(contentType)
    ? await fromForm(request.body as Buffer, contentType)
    : { bytes: request.body as Buffer, mime: contentType, name: nameIn(request.headers['content-disposition']) };
  if (file.bytes.byteLength === 0) throw missing('The file is empty.');
  const mime = MIME.test(file.mime) ? file.mime : 'application/octet-stream';
  return { bytes: file.bytes, mime, name: safeName(givenName ?? file.name) };
}

async function fromForm(body: Buffer, contentType: string): Promise<ReceivedFile> {
  const form = await readForm(body, contentType);
  for (const value of form.values()) {
    if (typeof value === 'string') continue;
    return { bytes: new Uint8Array(await value.arrayBuffer()), mime: value.type || 'application/octet-stream', name: value.name };
  }
  throw missing('The form has no file. Put it into the field "file".');
}

async function readForm(body: Buffer, contentType: string): Promise<FormData> {
  try {
    return await new Response(body, { headers: { 'content-type': contentType } }).formData();
  } catch (cause) {
    throw new ProblemError(400, 'malformed-body', 'The form cannot be read.', { cause });
  }
}

const missing = (detail: string): ProblemError =>
  new ProblemError(400, 'invalid-body', detail, { errors: [{ pointer: '/file', detail, code: 'no-file' }] });

/** RFC 6266: `filename*` says it in any language. */
function nameIn(disposition: string | undefined): string | null {
  const extended = /filename\*\s*=\s*utf-8''([^;]+)/i.exec(disposition ?? '')?.[1];
  if (extended) return decoded(extended.trim());
  return /filename\s*=\s*"([^"]*)"/i.exec(disposition ?? '')?.[1] ?? null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The last part of a path, without what a file system or a header would choke on. */
function safeName(name: string | null): string | null {
  const last = (name ?? '').split(/[\\/]/).at(-1) ?? '';
  const clean = last
    .replace(/[\u0000-\u001f\u007f]/g, '')
    .toWellFormed()
    .trim()
    .slice(0, NAME_LENGTH_MAX);
  return clean || null;
}

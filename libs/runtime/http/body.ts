import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from './problem';

/** Any JSON body of the API is far below. */
export const BODY_BYTES_MAX = 5 * 1024 * 1024;
const utf8 = new TextDecoder('utf-8', { fatal: true });

export interface BodyOptions {
  /** The bytes are left alone, whatever their type: `request.rawBody` and `request.body` are the Buffer (empty: no body). */
  readonly raw?: boolean;
  /** Default 5 MB. */
  readonly maxBytes?: number;
}

/** What a route takes as its body, where it is not JSON of at most 5 MB. */
export const TakesBody = (options: BodyOptions): MethodDecorator =>
  RouteConfig({ parleyBody: options }) as unknown as MethodDecorator;

declare module 'fastify' {
  interface FastifyRequest {
    /** The bytes as received, of every body that is not `multipart/form-data` on a route that takes forms. */
    rawBody?: Buffer;
  }
  interface FastifyContextConfig {
    parleyBody?: BodyOptions;
  }
}

/**
 * Reads bodies. The bytes are kept, since signatures are over them; JSON is read strictly: UTF-8 only, no `__proto__`.
 * Forms are read by @fastify/multipart (`request.file()`), which the routes for uploads ask themselves.
 */
export function registerBodyParsers(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addHook('onRoute', (route) => {
    const maxBytes = route.config?.parleyBody?.maxBytes;
    if (maxBytes !== undefined) route.bodyLimit = maxBytes;
  });
  server.addHook('onRequest', async (request) => refuseCompressed(request));
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, read(request, body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  server.addHook('preHandler', async (request) => {
    if (request.routeOptions.config.parleyBody?.raw && !request.rawBody) await takeRaw(request);
  });
}

function read(request: FastifyRequest, bytes: Buffer): unknown {
  request.rawBody = bytes;
  if (request.routeOptions.config.parleyBody?.raw) return bytes;
  if (bytes.length === 0) return undefined;
  if (!isJson(request.headers['content-type'])) {
    throw new ProblemError(415, 'unsupported-media-type', 'The body must be application/json.');
  }
  return parseJson(bytes);
}

const isJson = (contentType: string | undefined): boolean => /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType ?? '');

/** @throws ProblemError 400 `malformed-body` */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    // A reviver would be slow: the text alone tells whether there can be such a key at all.
    const text = utf8.decode(bytes);
    return /"(?:_|\\u005f){2}proto/i.test(text) ? JSON.parse(text, withoutProto) : JSON.parse(text);
  } catch (cause) {
    const detail = cause instanceof SyntaxError ? 'The body is not JSON.' : 'The body is not UTF-8.';
    throw new ProblemError(400, 'malformed-body', detail, { cause, errors: [{ pointer: '', detail }] });
  }
}

const withoutProto = (key: string, value: unknown): unknown => (key === '__proto__' ? undefined : value);

/** Unpacking is work whose size the caller decides; no channel packs its calls. */
async function refuseCompressed(request: FastifyRequest): Promise<void> {
  const encoding = request.headers['content-encoding'];
  if (encoding && encoding !== 'identity') {
    throw new ProblemError(415, 'unsupported-encoding', 'Compressed bodies are not taken.', {
      headers: { 'accept-encoding': 'identity' },
    });
  }
}

/** A form on a route that wants the bytes: its own parser leaves the stream unread. No body at all is an empty one. */
async function takeRaw(request: FastifyRequest): Promise<void> {
  const bytesMax = request.routeOptions.bodyLimit ?? BODY_BYTES_MAX;
  const chunks: Buffer[] = [];
  let size = 0;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    for await (const chunk of request.raw) {
      size += (chunk as Buffer).length;
      if (size > bytesMax) throw new ProblemError(413, 'too-large', `The body may have ${bytesMax} bytes at most.`);
      chunks.push(chunk as Buffer);
    }
  }
  request.rawBody = Buffer.concat(chunks);
  request.body = request.rawBody;
}

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};
const PACKED = /text|javascript|json|svg/;
const PACKED_BYTES_MIN = 1_024;

interface StaticFile {
  readonly bytes: Buffer;
  readonly packed: Buffer | null;
  readonly type: string;
  readonly etag: string;
}

/** The files of a built page, read once: what is not in the folder at the start does not exist, so no path leads out of it. */
export class StaticFiles {
  private files: Promise<ReadonlyMap<string, StaticFile>> | undefined;

  constructor(private readonly folder: string | null) {}

  async has(path: string): Promise<boolean> {
    return (await this.all()).has(path);
  }

  /** Undefined when there is none; else the bytes, or null for "you have it". */
  async answer(
    path: string,
    cacheControl: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Buffer | null | undefined> {
    const file = (await this.all()).get(path);
    if (!file) return undefined;
    reply.headers({ etag: file.etag, 'cache-control': cacheControl, vary: 'Accept-Encoding' }).type(file.type);
    if (request.headers['if-none-match'] === file.etag) {
      reply.status(304);
      return null;
    }
    if (!file.packed || !/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return file.bytes;
    reply.header('content-encoding', 'gzip');
    return file.packed;
  }

  private all(): Promise<ReadonlyMap<string, StaticFile>> {
    this.files ??= this.folder ? readAll(this.folder) : Promise.resolve(new Map());
    return this.files;
  }
}

async function readAll(folder: string): Promise<Map<string, StaticFile>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Map<string, StaticFile>();
  for (const entry of found.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1).replaceAll('\\', '/');
    const type = types[extname(name)] ?? 'application/octet-stream';
    const bytes = await readFile(path);
    files.set(name, {
      bytes,
      packed: PACKED.test(type) && bytes.length >= PACKED_BYTES_MIN ? gzipSync(bytes) : null,
      type,
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    });
  }
  return files;
}

/** Where the build has put a browser app; null while it is not built. Beside us in `dist/`, also when run from the sources. */
export function builtFolder(app: string, file: string): string | null {
  const candidates = [
    resolve(__dirname, '../../../../dist/apps', app),
    resolve(__dirname, '../../../dist/apps', app),
    resolve(__dirname, '../..', app),
    resolve('dist/apps', app),
  ];
  return candidates.find((folder) => /[\\/]dist[\\/]apps[\\/]/.test(folder) && existsSync(join(folder, file))) ?? null;
}

import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mediaId, ParleyError } from '@parley/model';
import type { MediaInfo, MediaStore } from '../media';
import { mimeOf } from './sniff';

/** `<dir>/<merchant>/<two characters>/<id>` holds the bytes, `<id>.json` beside it what is known of them. */
export class DirectoryMediaStore implements MediaStore {
  constructor(private readonly dir: string) {}

  async put(file: Parameters<MediaStore['put']>[0]): Promise<MediaInfo> {
    const id = mediaId(file.merchantId, file.source);
    const known = await this.info(file.merchantId, id);
    if (known) return known;
    const info: MediaInfo = {
      id,
      merchantId: file.merchantId,
      mime: await mimeOf(file.bytes, file.mime),
      name: file.name,
      sizeBytes: file.bytes.byteLength,
      createdAt: new Date().toISOString(),
    };
    const path = this.pathOf(file.merchantId, id);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // The description comes last: what has one has its bytes.
    await writeDurably(path, file.bytes);
    await writeDurably(`${path}.json`, Buffer.from(JSON.stringify(info)));
    return info;
  }

  async info(merchantId: string, id: string): Promise<MediaInfo | null> {
    const text = await readOrNull(`${this.pathOf(merchantId, id)}.json`);
    return text ? (JSON.parse(text.toString('utf8')) as MediaInfo) : null;
  }

  async read(merchantId: string, id: string): Promise<{ info: MediaInfo; bytes: Uint8Array } | null> {
    const info = await this.info(merchantId, id);
    const bytes = info && (await readOrNull(this.pathOf(merchantId, id)));
    return info && bytes ? { info, bytes } : null;
  }

  private pathOf(merchantId: string, id: string): string {
    for (const name of [merchantId, id]) {
      if (!/^[A-Za-z0-9_-]{1,100}$/.test(name)) throw new ParleyError('media-id', 'This cannot be the id of a file');
    }
    return join(this.dir, merchantId, id.slice(-2), id);
  }
}

/** Whole or not at all, also when the power fails: written aside, flushed, renamed, and the folder flushed. */
async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const aside = `${path}.${randomUUID()}.new`;
  try {
    const file = await open(aside, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  await flushFolder(dirname(path));
}

async function flushFolder(folder: string): Promise<void> {
  // Windows knows no such thing.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readOrNull(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { ParleyError } from '@parley/model';
import { END, type Member, memberBlocks } from './tar';

/** Last in the archive; the form that `sha256sum -c` reads. */
export const SUMS = 'SHA256SUMS';

/**
 * Writes members one after another into one compressed archive, with their checksums at its end. The file appears under
 * its name when it is whole and on disk, not before.
 * @throws ParleyError when the file is there already: a backup is never written over.
 */
export async function writeArchive(file: string, members: AsyncIterable<Member>): Promise<{ sizeBytes: number }> {
  if (await stat(file).catch(() => null)) throw new ParleyError('backup-exists', `${file} is there already. Name another file.`);
  const aside = `${file}.part`;
  try {
    // Readable by its owner only: it holds everything, the key to the secrets among it.
    await pipeline(Readable.from(blocksOf(members)), createGzip({ level: 1 }), createWriteStream(aside, { mode: 0o600 }));
    await flush(aside);
    await rename(aside, file);
    await flush(dirname(file)).catch(() => undefined);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  return { sizeBytes: (await stat(file)).size };
}

async function* blocksOf(members: AsyncIterable<Member>): AsyncGenerator<Buffer> {
  const writtenAt = new Date();
  const sums: string[] = [];
  for await (const member of members) {
    sums.push(`${sumOf(member.bytes)}  ${member.name}\n`);
    yield* memberBlocks(member, writtenAt);
  }
  yield* memberBlocks({ name: SUMS, bytes: Buffer.from(sums.join('')) }, writtenAt);
  yield END;
}

export const sumOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { ParleyError } from '@parley/model';
import { SUMS, sumOf } from './archive-writer';
import { type Member, membersOf, notWhole } from './tar';

/** @throws ParleyError when it cannot be read to its end. */
export async function* readArchive(file: string): AsyncGenerator<Member> {
  if (!(await stat(file).catch(() => null))?.isFile()) throw new ParleyError('no-backup', `There is no file ${file}.`);
  const stream = createReadStream(file);
  const plain = createGunzip();
  stream.on('error', (error) => plain.destroy(error));
  try {
    yield* membersOf(stream.pipe(plain));
  } catch (error) {
    throw error instanceof ParleyError ? error : notWhole(error);
  } finally {
    stream.destroy();
  }
}

/** Reads all of it once, before anything is done with it. @throws ParleyError when a byte is not what was written. */
export async function verifyArchive(file: string): Promise<void> {
  const found: string[] = [];
  for await (const { name, bytes } of readArchive(file)) {
    if (name === SUMS) {
      if (bytes.toString('utf8') !== found.join('')) throw notWhole();
      return;
    }
    found.push(`${sumOf(bytes)}  ${name}\n`);
  }
  throw notWhole();
}

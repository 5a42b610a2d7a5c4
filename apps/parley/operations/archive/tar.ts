import { ParleyError } from '@parley/model';

/** The form that every `tar` reads (POSIX ustar): a head of 512 bytes, the bytes, zeros up to the next 512. */
const BLOCK = 512;
/** What fits into the head's field for names; ours are far shorter. */
const NAME_BYTES_MAX = 100;

export interface Member {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The blocks of one member, as they are written one after another. */
export function memberBlocks({ name, bytes }: Member, writtenAt: Date): Buffer[] {
  const rest = bytes.byteLength % BLOCK;
  return [head(name, bytes.byteLength, writtenAt), bytes, ...(rest === 0 ? [] : [Buffer.alloc(BLOCK - rest)])];
}

/** Two empty blocks end it. */
export const END = Buffer.alloc(2 * BLOCK);

function head(name: string, sizeBytes: number, writtenAt: Date): Buffer {
  if (Buffer.byteLength(name) > NAME_BYTES_MAX)
    throw new ParleyError('archive-name', `${name} is too long a name for the archive`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number) => block.write(`${value.toString(8).padStart(digits, '0')}\0`, at);
  block.write(name, 0);
  octal(0o600, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(sizeBytes, 124, 11);
  octal(Math.floor(writtenAt.getTime() / 1000), 136, 11);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\0' + '00', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Members in their order, each as a whole. @throws ParleyError when it ends early or is no archive. */
export async function* membersOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Member> {
  const source = new Source(stream);
  for (;;) {
    const block = await source.take(BLOCK);
    if (block.every((byte) => byte === 0)) return;
    const name = block.toString('utf8', 0, NAME_BYTES_MAX).replace(/\0.*$/s, '');
    const sizeBytes = Number.parseInt(block.toString('latin1', 124, 135), 8);
    if (block.toString('latin1', 257, 262) !== 'ustar' || !Number.isSafeInteger(sizeBytes)) throw notWhole();
    const bytes = await source.take(sizeBytes);
    await source.take((BLOCK - (sizeBytes % BLOCK)) % BLOCK);
    yield { name, bytes };
  }
}

/** Exactly as many bytes as are asked for. */
class Source {
  private readonly iterator: AsyncIterator<Buffer>;
  private chunks: Buffer[] = [];
  private bytes = 0;

  constructor(stream: AsyncIterable<Buffer>) {
    this.iterator = stream[Symbol.asyncIterator]();
  }

  async take(wanted: number): Promise<Buffer> {
    while (this.bytes < wanted) {
      const next = await this.iterator.next();
      if (next.done) throw notWhole();
      this.chunks.push(next.value);
      this.bytes += next.value.byteLength;
    }
    const all = this.chunks.length === 1 ? (this.chunks[0] as Buffer) : Buffer.concat(this.chunks);
    this.chunks = [all.subarray(wanted)];
    this.bytes -= wanted;
    return all.subarray(0, wanted);
  }
}

export const notWhole = (cause?: unknown): ParleyError =>
  new ParleyError('backup-damaged', 'The file is not a whole backup of Parley: it is damaged, or ends too early', { cause });

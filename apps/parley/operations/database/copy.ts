import type { Client, Connection, Submittable } from 'pg';
import { escapeIdentifier } from 'pg';
import type { Table } from './tables';

/** Rows as Postgres writes and reads them itself (COPY, text form): every type comes back as it was, bit by bit. */

const CHUNK_BYTES = 4 * 1024 * 1024;

/** The part of pg's connection that its types leave out. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

const named = ({ schema, name, columns }: Table): string =>
  `${escapeIdentifier(schema)}.${escapeIdentifier(name)} (${columns.map(escapeIdentifier).join(', ')})`;

/** Reads a table, or what a query gives, a few megabytes at a time. Waits while the one before is dealt with. */
export async function* copyOut(client: Client, from: Table | string): AsyncGenerator<Buffer> {
  const source = typeof from === 'string' ? `(${from})` : named(from);
  const copy = new CopyOut(`COPY ${source} TO STDOUT`);
  client.query(copy);
  try {
    for (let chunk = await copy.next(); chunk; chunk = await copy.next()) yield chunk;
  } finally {
    copy.abandon();
  }
}

class CopyOut implements Submittable {
  private connection: Connection | undefined;
  private rows: Buffer[] = [];
  private bytes = 0;
  private ended = false;
  private error: Error | undefined;
  private wake: () => void = () => undefined;

  constructor(private readonly sql: string) {}

  submit(connection: Connection): void {
    this.connection = connection;
    connection.query(this.sql);
  }

  /** Undefined: there is no more. */
  async next(): Promise<Buffer | undefined> {
    while (!this.ended && this.bytes < CHUNK_BYTES) {
      this.connection?.stream.resume();
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    if (this.error) throw this.error;
    if (this.bytes === 0) return undefined;
    const chunk = Buffer.concat(this.rows);
    this.rows = [];
    this.bytes = 0;
    return chunk;
  }

  /** Read to its end or not: the connection goes on. */
  abandon(): void {
    if (!this.ended) this.connection?.stream.destroy();
    else this.connection?.stream.resume();
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    // pg reads the next bytes into the same memory.
    this.rows.push(Buffer.from(chunk));
    this.bytes += chunk.byteLength;
    if (this.bytes < CHUNK_BYTES) return;
    this.connection?.stream.pause();
    this.wake();
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.ended = true;
    this.wake();
  }

  handleError(error: Error): void {
    this.error = error;
    this.ended = true;
    this.wake();
  }
}

/** Writes rows into a table: any number of `write`, then `end`. */
export class CopyIn implements Submittable {
  private connection: CopyConnection | undefined;
  private rows = 0;
  private begin: () => void = () => undefined;
  private finish: () => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;
  private readonly begun = new Promise<void>((resolve) => {
    this.begin = resolve;
  });
  private readonly finished = new Promise<void>((resolve, reject) => {
    this.finish = resolve;
    this.fail = reject;
  });
  private readonly sql: string;

  constructor(table: Table) {
    this.sql = `COPY ${named(table)} FROM STDIN`;
    // Whoever writes or ends hears of it.
    this.finished.catch(() => undefined);
  }

  static into(client: Client, table: Table): CopyIn {
    return client.query(new CopyIn(table));
  }

  submit(connection: Connection): void {
    this.connection = connection as CopyConnection;
    connection.query(this.sql);
  }

  async write(chunk: Buffer): Promise<void> {
    await Promise.race([this.begun, this.finished]);
    const { connection } = this;
    connection?.sendCopyFromChunk(chunk);
    if (!connection?.stream.writableNeedDrain) return;
    const drained = new Promise<void>((resolve) => connection.stream.once('drain', resolve));
    await Promise.race([drained, this.finished]);
  }

  /** @returns how many rows were taken. */
  async end(): Promise<number> {
    await Promise.race([this.begun, this.finished]);
    this.connection?.endCopyFrom();
    await this.finished;
    return this.rows;
  }

  handleCopyInResponse(): void {
    this.begin();
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.rows = Number(/^COPY (\d+)/.exec(text)?.[1] ?? 0);
  }

  handleReadyForQuery(): void {
    this.finish();
  }

  handleError(error: Error): void {
    this.fail(error);
  }
}

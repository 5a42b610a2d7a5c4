import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { ParleyError } from '@parley/model';
import { type Config, type Logger, type MigrationSet, migrate } from '@parley/runtime';
import type { Client } from 'pg';
import { readArchive } from '../archive/archive-reader';
import { notWhole } from '../archive/tar';
import { connect } from '../database/connect';
import { CopyIn } from '../database/copy';
import { migrationsDone, quoted, setSequences, type Table, tableName, tablesOf, unguarded } from '../database/tables';
import { type BackupHead, type BackupTail, MEDIA, tableOfPart } from './backup';

/** What is to be restored, and by whom. */
export interface Restoring {
  readonly file: string;
  readonly head: BackupHead;
  readonly config: Config;
  readonly log: Logger;
  /** What this version's database is made of. */
  readonly sets: readonly MigrationSet[];
}

export interface RestoredRows {
  readonly rows: number;
  readonly files: number;
}

export const newer = (): ParleyError =>
  new ParleyError('backup-newer', 'This backup was made by a newer Parley: restore it with that version');

/** Rows, files and secret key into an empty database and these folders. */
export async function restoreRows(restoring: Restoring, url: string, keyFolder: string): Promise<RestoredRows> {
  const { head, sets, log } = restoring;
  await migrate(url, sets, log, head.migrations);
  const client = await connect(url);
  let restored: RestoredRows;
  try {
    await assertKnown(client, head);
    restored = await fill(client, restoring, keyFolder);
  } finally {
    await client.end();
  }
  await migrate(url, sets, log);
  return restored;
}

/** A migration of the backup's that this version does not have: it comes from a later one. */
async function assertKnown(client: Client, { migrations, tables }: BackupHead): Promise<void> {
  const done = await migrationsDone(client);
  for (const [app, names] of Object.entries(migrations)) if (names.some((name) => !done[app]?.includes(name))) throw newer();
  const there = new Map((await tablesOf(client, ['runtime', ...Object.keys(done)])).map((table) => [tableName(table), table]));
  for (const table of tables) {
    const own = there.get(tableName(table));
    if (!own || table.columns.some((column) => !own.columns.includes(column))) throw newer();
  }
}

/** All rows in one transaction: all of them or none. */
async function fill(client: Client, { file, head, config }: Restoring, keyFolder: string): Promise<RestoredRows> {
  const filling = new Filling(client, head.tables);
  let files = 0;
  let tail: BackupTail | undefined;
  await client.query('BEGIN');
  await unguarded(client, head.tables, async () => {
    // Some migrations write a first row of their own.
    if (head.tables.length > 0) await client.query(`TRUNCATE ${head.tables.map(quoted).join(', ')}`);
    for await (const { name, bytes } of readArchive(file)) {
      const table = tableOfPart(name);
      await filling.turnTo(table);
      if (table !== null) await filling.write(bytes);
      else if (name === 'rows.json') tail = JSON.parse(bytes.toString('utf8')) as BackupTail;
      else if (name === 'secret.key')
        await writeFile(await folder(keyFolder, name), bytes, { mode: 0o600, flag: 'wx', flush: true });
      else if (name.startsWith(MEDIA) && config.media.kind === 'directory') {
        files += 1;
        await writeMedia(config.media.dir, name.slice(MEDIA.length), bytes);
      }
    }
  });
  if (!tail) throw notWhole();
  for (const table of head.tables) {
    if ((filling.rows[tableName(table)] ?? 0) !== (tail.rows[tableName(table)] ?? 0)) throw notWhole();
  }
  await setSequences(client, tail.sequences);
  await client.query('COMMIT');
  await client.query('ANALYZE');
  return { rows: Object.values(filling.rows).reduce((sum, count) => sum + count, 0), files };
}

/** One table after the other, as their parts come. */
class Filling {
  readonly rows: Record<string, number> = {};
  private readonly tables: ReadonlyMap<string, Table>;
  private current: { readonly name: string; readonly copy: CopyIn } | undefined;

  constructor(
    private readonly client: Client,
    tables: readonly Table[],
  ) {
    this.tables = new Map(tables.map((table) => [tableName(table), table]));
  }

  async turnTo(name: string | null): Promise<void> {
    if (this.current?.name === name) return;
    if (this.current) this.rows[this.current.name] = await this.current.copy.end();
    this.current = undefined;
    if (name === null) return;
    const table = this.tables.get(name);
    if (!table) throw notWhole();
    this.current = { name, copy: CopyIn.into(this.client, table) };
  }

  async write(bytes: Buffer): Promise<void> {
    await this.current?.copy.write(bytes);
  }
}

/** The bytes of an id never change: what is there already is as good. */
async function writeMedia(dir: string, path: string, bytes: Buffer): Promise<void> {
  const target = resolve(dir, path);
  if (!target.startsWith(resolve(dir) + sep)) throw notWhole();
  if (await exists(target)) return;
  await writeFile(await folder(dirname(target), target), bytes, { mode: 0o600, flush: true });
}

async function folder(path: string, file: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return resolve(path, file);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

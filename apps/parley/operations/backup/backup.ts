import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { ParleyError } from '@parley/model';
import { type Config, createLogger, SecretBox } from '@parley/runtime';
import type { Client } from 'pg';
import { writeArchive } from '../archive/archive-writer';
import type { Member } from '../archive/tar';
import { connect } from '../database/connect';
import { copyOut } from '../database/copy';
import { migrationsDone, sequencesOf, type Table, tableName, tablesOf } from '../database/tables';
import { type HouseKey, houseKey, openPlace, readConfig } from '../place';

/** First in the archive: what a restore has to know before it begins. */
export interface BackupHead {
  readonly format: 1;
  readonly createdAt: string;
  /** Names of the migrations the rows are of, by app. */
  readonly migrations: Readonly<Record<string, readonly string[]>>;
  /** In the order in which they follow, and are to be filled. */
  readonly tables: readonly Table[];
  /** Tells whether a key is the one that the secrets are sealed with. */
  readonly keyMark: string;
  /** False: files are in an S3 store, which has its own backups. */
  readonly media: boolean;
}

/** Last before the checksums: what is known once the rows are read. */
export interface BackupTail {
  readonly rows: Readonly<Record<string, number>>;
  readonly sequences: Readonly<Record<string, string>>;
}

export interface BackupResult {
  readonly rows: number;
  readonly files: number;
  readonly sizeBytes: number;
}

export const keyMarkOf = (key: string): string => new SecretBox(key).derive('backup').toString('base64url');

/**
 * Writes all that the embedded mode has into one file, while Parley goes on working. All rows are of one moment (a
 * snapshot of the database), so what was acknowledged before it is in it, effect and progress together.
 * @throws ParleyError saying what to do.
 */
export async function backup(file: string, env: NodeJS.ProcessEnv = process.env): Promise<BackupResult> {
  const config = readConfig(env);
  if (config.mode === 'distributed') {
    throw new ParleyError(
      'backup-distributed',
      'With KAFKA_BROKERS the log is in Kafka: back up PostgreSQL and the files with their own tools (docs/operations.md).',
    );
  }
  const key = await houseKey(config.dataDir, env);
  const place = await openPlace(config, createLogger({ name: 'backup', level: 'warn' }));
  try {
    if (!key) throw new ParleyError('no-secret-key', `${config.dataDir} holds no secret.key, and PARLEY_SECRET_KEY is not set`);
    const client = await connect(place.url);
    try {
      return await writeBackup(file, client, config, key);
    } finally {
      await client.end();
    }
  } finally {
    await place.stop();
  }
}

async function writeBackup(file: string, client: Client, config: Config, key: HouseKey): Promise<BackupResult> {
  const rows: Record<string, number> = {};
  let files = 0;
  async function* members(): AsyncGenerator<Member> {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const migrations = await migrationsDone(client);
    const schemas = ['runtime', ...Object.keys(migrations)];
    const tables = await tablesOf(client, schemas);
    const media = config.media.kind === 'directory' ? config.media.dir : undefined;
    const createdAt = new Date().toISOString();
    const head: BackupHead = {
      format: 1,
      createdAt,
      migrations,
      tables,
      keyMark: keyMarkOf(key.key),
      media: media !== undefined,
    };
    yield json('backup.json', head);
    for (const table of tables) {
      let part = 0;
      let count = 0;
      for await (const bytes of copyOut(client, table)) {
        count += rowsIn(bytes);
        yield { name: partName(table, ++part), bytes };
      }
      rows[tableName(table)] = count;
    }
    const tail: BackupTail = { rows, sequences: await sequencesOf(client, schemas) };
    await client.query('COMMIT');
    // A file is stored before anything speaks of it: whatever the rows name is there by now.
    for await (const member of media === undefined ? [] : mediaFiles(media)) {
      files += 1;
      yield member;
    }
    if (key.kept) yield { name: 'secret.key', bytes: Buffer.from(`${key.key}\n`) };
    yield json('rows.json', tail);
  }
  const { sizeBytes } = await writeArchive(file, members());
  return { rows: Object.values(rows).reduce((sum, count) => sum + count, 0), files, sizeBytes };
}

const json = (name: string, value: BackupHead | BackupTail): Member => ({
  name,
  bytes: Buffer.from(`${JSON.stringify(value, null, 2)}\n`),
});

const partName = (table: Table, part: number): string => `tables/${tableName(table)}/${String(part).padStart(6, '0')}.copy`;
/** Of the table such a member belongs to; null: it is another kind of member. */
export const tableOfPart = (name: string): string | null => /^tables\/([^/]+)\/\d+\.copy$/.exec(name)?.[1] ?? null;

/** COPY writes a line for each row, and a line break within a value as `\n`. */
function rowsIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

export const MEDIA = 'media/';

async function* mediaFiles(dir: string): AsyncGenerator<Member> {
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true }).catch(nothing<never[]>([]))) {
    // What is being written has another name until it is whole.
    if (!entry.isFile() || entry.name.endsWith('.new')) continue;
    const path = join(entry.parentPath, entry.name);
    // Erased meanwhile.
    const bytes = await readFile(path).catch(nothing(null));
    if (bytes) yield { name: `${MEDIA}${relative(dir, path).split(sep).join('/')}`, bytes };
  }
}

/** For what is not there. */
const nothing =
  <T>(instead: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };

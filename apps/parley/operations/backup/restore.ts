import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ParleyError } from '@parley/model';
import { createLogger, type MigrationSet, startEmbeddedPostgres } from '@parley/runtime';
import type { Client } from 'pg';
import { migrationSets } from '../../apps';
import { readArchive, verifyArchive } from '../archive/archive-reader';
import { notWhole } from '../archive/tar';
import { connect } from '../database/connect';
import { houseKey, readConfig } from '../place';
import { type BackupHead, keyMarkOf } from './backup';
import { newer, type RestoredRows, type Restoring, restoreRows } from './restore-rows';

export interface RestoreOptions {
  /** What is in the data folder is put aside. */
  readonly replace?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  /** What this version's database is made of. */
  readonly sets?: readonly MigrationSet[];
}

export interface RestoreResult extends RestoredRows {
  readonly createdAt: string;
  /** Where the data folder's former content lies now. */
  readonly putAside?: string;
}

/**
 * Brings a backup into an empty data folder, or an empty database of DATABASE_URL. The rows are taken in as the version that
 * wrote them had them; then this version's migrations follow. The house appears when it is whole, not before.
 * @throws ParleyError saying what to do.
 */
export async function restore(file: string, options: RestoreOptions = {}): Promise<RestoreResult> {
  const { replace = false, env = process.env, sets = migrationSets } = options;
  const config = readConfig(env);
  const log = createLogger({ name: 'restore', level: 'warn' });
  if (config.mode === 'distributed') {
    throw new ParleyError(
      'restore-distributed',
      'A backup is of the embedded mode: restore it without KAFKA_BROKERS, then run "npm run move-to-kafka".',
    );
  }
  await verifyArchive(file);
  const head = await headOf(file);
  const given = env['PARLEY_SECRET_KEY']?.trim();
  if (given && keyMarkOf(given) !== head.keyMark) {
    throw new ParleyError('wrong-secret-key', "PARLEY_SECRET_KEY is not the key that this backup's secrets are sealed with");
  }
  if (head.media && config.media.kind === 's3') {
    throw new ParleyError(
      'restore-media',
      'This backup holds files, and PARLEY_S3_BUCKET is set: restore it without, then copy them there',
    );
  }
  const restoring = { file, head, config, log, sets };
  return config.databaseUrl ? restoreDatabase(restoring, config.databaseUrl) : restoreFolder(restoring, replace, !given);
}

async function headOf(file: string): Promise<BackupHead> {
  for await (const { name, bytes } of readArchive(file)) {
    if (name !== 'backup.json') break;
    const head = JSON.parse(bytes.toString('utf8')) as BackupHead;
    if (head.format !== 1) throw newer();
    return head;
  }
  throw notWhole();
}

// ---------------------------------------------------------------- into a data folder

/** What a data folder holds, besides files of messages. */
const OWN = ['postgres', 'postgres.password', 'postgres-start.log', 'secret.key'];
const WORKSHOP = 'restoring';

/** `keyWanted`: nobody gave the key, so the backup has to hold it. */
async function restoreFolder(restoring: Restoring, replace: boolean, keyWanted: boolean): Promise<RestoreResult> {
  const { head, log } = restoring;
  const { dataDir } = restoring.config;
  const former = (await exists(join(dataDir, 'postgres'))) || (await exists(join(dataDir, 'secret.key')));
  if (former && !replace) {
    throw new ParleyError('folder-in-use', `There is a Parley in ${dataDir} already. With --replace it is put aside.`);
  }
  // It says so when a Parley is running there, and ends a server that a killed one left.
  if (former && (await exists(join(dataDir, 'postgres', 'postmaster.pid')))) {
    await (await startEmbeddedPostgres({ dataDir, log })).stop();
  }
  // All is made beside, within the same folder, which may be a volume of its own.
  const workshop = join(dataDir, WORKSHOP);
  await rm(workshop, { recursive: true, force: true });
  await mkdir(workshop, { recursive: true, mode: 0o700 });
  // PostgreSQL works as a user of its own where we are root: it has to get through.
  if (process.getuid?.() === 0) await chmod(dataDir, 0o711);
  try {
    const postgres = await startEmbeddedPostgres({ dataDir: workshop, log });
    let restored: RestoredRows;
    try {
      restored = await restoreRows(restoring, postgres.url, workshop);
    } finally {
      await postgres.stop();
    }
    if (keyWanted && !(await houseKey(workshop, {}))) {
      throw new ParleyError(
        'no-secret-key',
        'The backup holds no secret key, as one was given: set PARLEY_SECRET_KEY to that one',
      );
    }
    const putAside = former ? await putFormerAside(dataDir) : undefined;
    await moveIn(workshop, dataDir);
    return { createdAt: head.createdAt, ...restored, ...(putAside ? { putAside } : {}) };
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

async function putFormerAside(dataDir: string): Promise<string> {
  const aside = join(dataDir, `before-restore-${new Date().toISOString().replace(/[:.]/g, '-')}`);
  await mkdir(aside, { mode: 0o700 });
  for (const name of OWN) if (await exists(join(dataDir, name))) await rename(join(dataDir, name), join(aside, name));
  return aside;
}

/** The database last: before it is there, nothing is. */
async function moveIn(workshop: string, dataDir: string): Promise<void> {
  for (const name of [...OWN].reverse()) {
    if (await exists(join(workshop, name))) await rename(join(workshop, name), join(dataDir, name));
  }
}

// ---------------------------------------------------------------- into a PostgreSQL of one's own

async function restoreDatabase(restoring: Restoring, url: string): Promise<RestoreResult> {
  const client = await connect(url);
  try {
    // What is somebody else's server is not ours to empty.
    if (await hasMerchants(client)) {
      throw new ParleyError('database-in-use', 'There is a Parley in this database already: name an empty one in DATABASE_URL.');
    }
  } finally {
    await client.end();
  }
  return { createdAt: restoring.head.createdAt, ...(await restoreRows(restoring, url, restoring.config.dataDir)) };
}

async function hasMerchants(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('conversations.merchants') IS NOT NULL AS there`);
  return rows[0]?.there === true && ((await client.query('SELECT FROM conversations.merchants LIMIT 1')).rowCount ?? 0) > 0;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

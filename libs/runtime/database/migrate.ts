import { ParleyError } from '@parley/model';
import { Client, escapeIdentifier } from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import type { Logger } from '../logger';
import { First1700000000001 } from '../migrations/1700000000001-first';
import { Traces1700000000002 } from '../migrations/1700000000002-traces';
import { prepareAppRole } from './app-role';

export type MigrationClass = new () => MigrationInterface;

/** One app's migrations. Its tables live in the Postgres schema of the same name. */
export interface MigrationSet {
  readonly name: string;
  readonly migrations: readonly MigrationClass[];
}

const LOCK = 0x6d696772;
const SCHEMA = 'runtime';
const LOG_SCHEMA = 'log';
/** Schemas whose tables the app role may use: in a distributed house each process migrates only its own. */
const APP_SCHEMAS = [SCHEMA, LOG_SCHEMA, 'conversations', 'ingest', 'normalize', 'translate', 'deliver'];
const own: MigrationSet = { name: SCHEMA, migrations: [First1700000000001, Traces1700000000002] };

/**
 * Brings the database to what this version needs: each app's migrations in turn, recorded per app in the schema
 * `runtime`. Many processes may call it at once: one works, the others wait and find it done.
 * @param only names of the migrations to run, by app: for a database that is to be as an earlier version had it. Default: all.
 * @returns the role that queries are to run as, null for the owner itself.
 */
export async function migrate(
  url: string,
  sets: readonly MigrationSet[],
  log: Logger,
  only?: Readonly<Record<string, readonly string[]>>,
): Promise<{ role: string | null }> {
  const client = new Client({ connectionString: url, application_name: 'parley-migrate', connectionTimeoutMillis: 10_000 });
  // A lost connection fails the query under way; that is where it is dealt with.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    for (const schema of [SCHEMA, LOG_SCHEMA]) await createSchema(client, schema);
    const all = [own, ...sets]
      .map((set) => (only ? { ...set, migrations: set.migrations.filter((one) => only[set.name]?.includes(one.name)) } : set))
      .filter((set) => set.migrations.length > 0);
    for (const set of all) await runSet(url, set, log);
    return { role: await prepareAppRole(client, await presentSchemas(client, all), log) };
  } finally {
    await client.end();
  }
}

/** Not `IF NOT EXISTS`: that asks for the right to create before it looks. */
async function createSchema(client: Client, schema: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
  if (!rowCount) await client.query(`CREATE SCHEMA ${escapeIdentifier(schema)}`);
}

async function presentSchemas(client: Client, sets: readonly MigrationSet[]): Promise<string[]> {
  const { rows } = await client.query<{ nspname: string }>(
    'SELECT nspname FROM pg_namespace WHERE nspname = ANY($1) ORDER BY 1',
    [[...APP_SCHEMAS, ...sets.map((set) => set.name)]],
  );
  return rows.map((row) => row.nspname);
}

async function runSet(url: string, set: MigrationSet, log: Logger): Promise<void> {
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    schema: SCHEMA,
    migrations: [...set.migrations],
    migrationsTableName: `migrations_${set.name}`,
    migrationsTransactionMode: 'each',
    installExtensions: false,
    synchronize: false,
    logging: false,
    applicationName: 'parley-migrate',
    poolSize: 1,
  });
  await dataSource.initialize();
  try {
    const done = await dataSource.runMigrations();
    if (done.length > 0) log.info({ set: set.name, migrations: done.map((migration) => migration.name) }, 'Database migrated');
  } catch (cause) {
    throw new ParleyError('migration-failed', `A migration of ${set.name} failed: ${(cause as Error).message}`, { cause });
  } finally {
    await dataSource.destroy();
  }
}

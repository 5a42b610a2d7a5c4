import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, type Database, type MigrationClass, migrate, openDatabase, startEmbeddedPostgres } from '@parley/runtime';

export interface TestDatabase {
  /** Connects as the owner of the tables. */
  readonly url: string;
  /** As the apps have it: role `parley_app`, row-level security in force. */
  readonly database: Database;
  stop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Migrations of one app, or of several by name: `{ conversations: migrations, deliver: … }`. */
  readonly migrations?: readonly MigrationClass[] | Readonly<Record<string, readonly MigrationClass[]>>;
}

/** Nothing needs to survive the test: a second instead of three. */
const unsafe = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
  max_wal_size: '256MB',
  logging_collector: 'off',
  autovacuum: 'off',
};

/** A PostgreSQL of this test's own, migrated, in a temporary folder that `stop` removes. About a second to start. */
export async function startTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const log = createLogger({ name: 'test', level: 'silent' });
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-test-postgres-'));
  const postgres = await startEmbeddedPostgres({ dataDir, log, settings: unsafe, detached: false });
  const stopServer = async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  try {
    const { role } = await migrate(postgres.url, setsOf(options.migrations ?? []), log);
    const database = await openDatabase({ url: postgres.url, role, log });
    const stop = async () => {
      await database.close();
      await stopServer();
    };
    return { url: postgres.url, database, stop };
  } catch (error) {
    await stopServer();
    throw error;
  }
}

function setsOf(migrations: NonNullable<TestDatabaseOptions['migrations']>) {
  return isList(migrations)
    ? [{ name: 'test', migrations }]
    : Object.entries(migrations).map(([name, classes]) => ({ name, migrations: classes }));
}

const isList = (migrations: object): migrations is readonly MigrationClass[] => Array.isArray(migrations);

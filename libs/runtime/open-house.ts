import { defaultTopics, logMigrations } from '@parley/event-log';
import { PostgresAccountDirectory } from './account-directory';
import type { App } from './app';
import type { Config } from './config/config';
import { PostgresCredentialStore } from './credentials';
import { openDatabase } from './database/database';
import { migrate } from './database/migrate';
import { PostgresGlossaryDirectory } from './glossary-directory';
import type { House } from './house';
import { createHttp } from './http/guarded-http';
import { freeAllLeases, PostgresLeases } from './leases';
import type { Logger } from './logger';
import type { MediaStore } from './media';
import { DirectoryMediaStore } from './media/directory-store';
import { S3MediaStore } from './media/s3-store';
import { createMetrics } from './metrics';
import { openLog } from './open-log';
import { startEmbeddedPostgres } from './postgres/supervisor';
import { SecretBox } from './secret-box';
import { isTransient } from './transient';

export interface OpenHouseOptions {
  readonly apps: readonly App[];
  readonly config: Config;
  readonly log: Logger;
  readonly stopping: AbortSignal;
  /** A line for the person who waits for the start. */
  progress(line: string): void;
  /** The process cannot go on: another Parley has the data, or the log is dead. */
  onDead(error: Error): void;
}

/** What `openHouse` opened, to be closed in the opposite order. */
export class Closers {
  private readonly closers: { readonly name: string; readonly close: () => Promise<void> }[] = [];

  constructor(private readonly log: Logger) {}

  add(name: string, close: () => Promise<void>): void {
    this.closers.push({ name, close });
  }

  /** One that fails does not keep the others open. */
  async closeAll(): Promise<void> {
    for (const { name, close } of this.closers.splice(0).reverse()) {
      try {
        await close();
      } catch (err) {
        this.log.warn({ err, what: name }, 'Could not be closed in order');
      }
    }
  }
}

const LOG_CLOSE_MS = 1_500;
const DATABASE_CLOSE_MS = 1_000;
/** Servers that start together with us, as in Compose, need their time. */
const PATIENCE_MS = 90_000;
const RETRY_MS = 1_000;

/** Opens database, log and all that stands on them. What was opened is in `closers` also when this throws. */
export async function openHouse(options: OpenHouseOptions, closers: Closers): Promise<House> {
  const { apps, config, log } = options;
  const url = await databaseUrl(options, closers);
  const sets = [{ name: 'log', migrations: logMigrations }, ...apps];
  const { role } = await patiently(options, 'PostgreSQL', () => migrate(url, sets, log));
  const database = await openDatabase({
    url,
    role,
    log,
    entities: apps.flatMap((app) => app.entities ?? []),
    connectionsMax: config.databaseConnections,
  });
  closers.add('database', () => within(DATABASE_CLOSE_MS, database.close()));
  // Our own PostgreSQL serves one process: what a killed one held need not run out first.
  if (!config.databaseUrl) await freeAllLeases(database);
  const eventLog = await openLog(config, database, log, options.onDead);
  closers.add('event log', () => within(LOG_CLOSE_MS + 500, eventLog.close(LOG_CLOSE_MS)));
  const { partitions, retentionMs } = config.log;
  await patiently(options, 'the log', () => eventLog.ensureTopics(defaultTopics({ partitions, retentionMs })));
  const secrets = new SecretBox(config.secretKey);
  const accounts = new PostgresAccountDirectory(database, secrets, log);
  closers.add('accounts', () => accounts.close());
  await accounts.start();
  return {
    config,
    log,
    database,
    eventLog,
    accounts,
    glossaries: new PostgresGlossaryDirectory(database, log),
    credentials: new PostgresCredentialStore(database, secrets, log),
    leases: new PostgresLeases(database, log),
    secrets,
    media: openMedia(config),
    http: createHttp({ allowPrivateHosts: config.allowPrivateHosts }),
    metrics: createMetrics(),
    stopping: options.stopping,
  };
}

async function databaseUrl({ config, log, progress, onDead }: OpenHouseOptions, closers: Closers): Promise<string> {
  if (config.databaseUrl) return config.databaseUrl;
  progress('Starting the database');
  const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir, log, onLost: onDead });
  closers.add('PostgreSQL', () => postgres.stop());
  return postgres.url;
}

function openMedia(config: Config): MediaStore {
  return config.media.kind === 's3' ? new S3MediaStore(config.media) : new DirectoryMediaStore(config.media.dir);
}

async function patiently<T>(options: OpenHouseOptions, what: string, work: () => Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (let told = false; ; told = true) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || Date.now() > giveUpAt || options.stopping.aborted) throw error;
      if (!told) options.progress(`Waiting for ${what}: ${(error as Error).message}`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Something that does not end must not keep the process from ending. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

import type { EventLog } from '@parley/event-log';
import {
  type Config,
  createLogger,
  type Database,
  type EmbeddedPostgres,
  type Logger,
  openDatabase,
  openLog,
} from '@parley/runtime';
import { openPlace, readConfig } from './place';

/** Database and log of the house, for a command beside it. */
export interface Tools {
  readonly config: Config;
  readonly log: Logger;
  /** Of the tables' owner. */
  readonly url: string;
  readonly database: Database;
  readonly eventLog: EventLog;
}

const CLOSE_MS = 2_000;

/** Opens them for as long as the work takes. The database is left in the version it has. */
export async function withTools<T>(name: string, env: NodeJS.ProcessEnv, work: (tools: Tools) => Promise<T>): Promise<T> {
  const config = readConfig(env);
  const log = createLogger({ name, level: 'warn' });
  const place = await openPlace(config, log);
  try {
    return await withDatabase(config, log, place, work);
  } finally {
    await place.stop();
  }
}

async function withDatabase<T>(
  config: Config,
  log: Logger,
  { url }: Pick<EmbeddedPostgres, 'url'>,
  work: (tools: Tools) => Promise<T>,
): Promise<T> {
  const database = await openDatabase({ url, role: null, log, connectionsMax: 8 });
  try {
    const eventLog = await openLog(config, database, log);
    try {
      return await work({ config, log, url, database, eventLog });
    } finally {
      await eventLog.close(CLOSE_MS);
    }
  } finally {
    await database.close();
  }
}

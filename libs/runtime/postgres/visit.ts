import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { findServer, serverUrl, untilReady } from './server-process';
import { DATABASE, type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from './supervisor';

const READY_TIMEOUT_MS = 60_000;

/**
 * The database in a data folder, for a command beside Parley: that of the Parley that runs there, which is left as it is,
 * else one that is started for as long as the command takes. The folder has to hold one.
 */
export async function visitEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = await realpath(join(options.dataDir, 'postgres'));
  const password = (await readFile(join(options.dataDir, 'postgres.password'), 'utf8')).trim();
  const cluster = { folder, password, user: undefined };
  const found = await findServer(cluster);
  if (!found) return startEmbeddedPostgres(options);
  await untilReady(found, cluster, READY_TIMEOUT_MS);
  return { url: serverUrl(found.port, password, DATABASE), stop: async () => undefined };
}

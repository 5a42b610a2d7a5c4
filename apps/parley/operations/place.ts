import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ParleyError } from '@parley/model';
import { type Config, type EmbeddedPostgres, type Logger, loadConfig, visitEmbeddedPostgres } from '@parley/runtime';

/** Stands in where a command needs no secret: reading the settings would make a key otherwise. */
const NO_SECRET = 'no secret is needed for this';

/** The settings, without leaving a trace: nothing is made in a folder that may turn out to be the wrong one. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig({ ...env, PARLEY_SECRET_KEY: env['PARLEY_SECRET_KEY'] || NO_SECRET });
}

export interface HouseKey {
  readonly key: string;
  /** It lies in the data folder, as nobody gave one. */
  readonly kept: boolean;
}

/** The key that this house's secrets are sealed with; undefined where there is none yet. */
export async function houseKey(dataDir: string, env: NodeJS.ProcessEnv = process.env): Promise<HouseKey | undefined> {
  const given = env['PARLEY_SECRET_KEY']?.trim();
  if (given) return { key: given, kept: false };
  const text = await readOrNull(join(dataDir, 'secret.key'));
  return text === null ? undefined : { key: text.trim(), kept: true };
}

/**
 * The database of these settings, beside a Parley that works on it or without one.
 * @throws ParleyError when there is none.
 */
export async function openPlace(config: Config, log: Logger): Promise<EmbeddedPostgres> {
  if (config.databaseUrl) return { url: config.databaseUrl, stop: async () => undefined };
  if ((await readOrNull(join(config.dataDir, 'postgres', 'PG_VERSION'))) === null) {
    throw new ParleyError('no-house', `There is no Parley in ${config.dataDir}. Set PARLEY_DATA_DIR to its data folder.`);
  }
  return visitEmbeddedPostgres({ dataDir: config.dataDir, log });
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

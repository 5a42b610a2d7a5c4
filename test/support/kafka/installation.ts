import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 600_000;
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies';

const root = join(__dirname, '..', '..', '..');
const pom = join(__dirname, 'pom.xml');

const onPath = (name: string) => (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

/** Jars are kept per state of the pom, so that a new version of it is fetched and an old one is never mixed in. */
export const jarsFolder = join(
  root,
  '.cache',
  'kafka',
  createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12),
);

/** Null when a broker can be had here; otherwise what is missing. */
export function whyNoKafka(): string | null {
  if (process.env['KAFKA_BROKERS']) return null;
  const missing = ['java', ...(existsSync(jarsFolder) ? [] : ['mvn'])].filter((name) => !onPath(name));
  if (missing.length === 0) return null;
  return `no ${missing.join(' and no ')}: install openjdk-17-jre-headless and maven, or set KAFKA_BROKERS to a broker for tests`;
}

/** Fetches the broker once; later calls find it. Processes that do so at once do not disturb each other. */
export async function installKafka(): Promise<void> {
  if (existsSync(jarsFolder)) return;
  const parent = join(jarsFolder, '..');
  await mkdir(parent, { recursive: true });
  const half = await mkdtemp(join(parent, 'half-'));
  try {
    const goals = [PLUGIN, '-DincludeScope=runtime', `-DoutputDirectory=${half}`];
    await run('mvn', ['-B', '-q', '-f', pom, ...goals], { timeout: INSTALL_TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 });
    await rename(half, jarsFolder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

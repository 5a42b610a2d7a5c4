import { execFile, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ParleyError } from '@parley/model';
import { Client } from 'pg';
import type { PostgresBinaries } from './binaries';
import { type Cluster, SUPERUSER, serverEnvironment } from './cluster';
import { clearStalePidFile, isServerOf, readPostmaster } from './postmaster';
import { asUser } from './system-user';

const run = promisify(execFile);
const POLL_MS = 50;
const WATCH_MS = 500;

/** One life of the server, from its start (by us or by a Parley before us) to its end. */
export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  /** True when a Parley before us had started it and it lived on. */
  readonly adopted: boolean;
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;
}

/** Finds the living server of this folder; clears away what a dead one left. */
export async function findServer(cluster: Cluster): Promise<ServerProcess | null> {
  const record = await readPostmaster(cluster.folder);
  if (!record) return null;
  if (await isServerOf(cluster.folder, record.pid)) {
    return { ...record, adopted: true, exited: untilGone(cluster.folder, record.pid) };
  }
  await clearStalePidFile(cluster.folder);
  return null;
}

/**
 * Starts the server. It gets a session of its own: neither Ctrl-C in our terminal nor our death is to end it, only we.
 * @param detached false lets it share our terminal's signals, as tests want.
 */
export async function launchServer(
  cluster: Cluster,
  binaries: PostgresBinaries,
  port: number,
  detached: boolean,
): Promise<ServerProcess> {
  const output = await open(startLogOf(cluster), 'w', 0o600);
  try {
    const { program, args, options } = asUser(cluster.user, binaries.postgres, ['-D', cluster.folder, '-p', String(port)]);
    const child = spawn(program, args, {
      cwd: cluster.folder,
      detached,
      stdio: ['ignore', output.fd, output.fd],
      env: serverEnvironment,
      ...options,
    });
    child.unref();
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return { pid: child.pid ?? 0, port, adopted: false, exited };
  } catch (cause) {
    throw new ParleyError('embedded-postgres-start', `${binaries.postgres} could not be started: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    await output.close();
  }
}

/** Waits until the server answers; recovery after a crash may take a while. @throws ParleyError when it ended or took too long. */
export async function untilReady(server: ServerProcess, cluster: Cluster, timeoutMs: number): Promise<void> {
  let ended = false;
  void server.exited.then(() => {
    ended = true;
  });
  const giveUpAt = Date.now() + timeoutMs;
  while (!(await answers(server, cluster))) {
    if (ended) {
      throw new ParleyError('embedded-postgres-start', `PostgreSQL ended while it was starting: ${await lastWords(cluster)}`);
    }
    if (Date.now() > giveUpAt) {
      throw new ParleyError(
        'embedded-postgres-start',
        `PostgreSQL does not answer after ${timeoutMs / 1000} s: ${await lastWords(cluster)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Asks the server to end in order: connections are cut, everything is on disk. False: it still was not gone in time. */
export async function stopServer(
  server: ServerProcess,
  cluster: Cluster,
  binaries: PostgresBinaries,
  timeoutMs: number,
): Promise<boolean> {
  const gone = server.exited.then(() => true);
  if (process.platform === 'win32') {
    await run(binaries.pgCtl, ['stop', '-D', cluster.folder, '-m', 'fast', '-W']);
  } else if (await isServerOf(cluster.folder, server.pid)) {
    process.kill(server.pid, 'SIGINT');
  } else {
    return true;
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  return Promise.race([gone, late]).finally(() => clearTimeout(timer));
}

export const serverUrl = (port: number, password: string, database: string): string =>
  `postgresql://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;

/** Codes of "not yet": nobody listens, or it is starting, recovering, or stopping (57P03). */
const NOT_YET = new Set(['ECONNREFUSED', 'ECONNRESET', '57P03', '57P01']);

async function answers(server: ServerProcess, cluster: Cluster): Promise<boolean> {
  const client = new Client({
    connectionString: serverUrl(server.port, cluster.password, 'postgres'),
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if ((code && NOT_YET.has(code)) || /terminated|timeout/i.test(message)) return false;
    throw new ParleyError('embedded-postgres-start', `PostgreSQL on port ${server.port} does not let Parley in: ${message}`, {
      cause: error,
    });
  }
}

async function untilGone(clusterFolder: string, pid: number): Promise<void> {
  while (await isServerOf(clusterFolder, pid)) {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, WATCH_MS).unref();
    });
  }
}

const startLogOf = (cluster: Cluster): string => `${cluster.folder}-start.log`;

async function lastWords(cluster: Cluster): Promise<string> {
  const text = await readFile(startLogOf(cluster), 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-5).join(' | ') || 'it said nothing';
}

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ParleyError } from '@parley/model';
import type { PostgresBinaries } from './binaries';
import { asUser, chooseSystemUser, type SystemUser, withAccess } from './system-user';

const run = promisify(execFile);

export const SUPERUSER = 'parley';
/** Nothing of our own environment reaches the server: it could hold secrets, or settings of another Postgres. */
export const serverEnvironment: NodeJS.ProcessEnv | undefined =
  process.platform === 'win32' ? undefined : ({ LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' } as NodeJS.ProcessEnv);

/** A database folder: made once, then only started. */
export interface Cluster {
  /** What PostgreSQL calls its data directory. */
  readonly folder: string;
  readonly password: string;
  /** Undefined: the server runs as we do. */
  readonly user: SystemUser | undefined;
}

/** Settings of postgresql.conf by name; they win over ours. Only tests give any. */
export type ServerSettings = Readonly<Record<string, string>>;

/**
 * Opens the cluster in `<dataDir>/postgres`, making it when there is none. It is made under a temporary name and
 * renamed, so that a crash half-way leaves nothing that looks like a database.
 */
export async function openCluster(dataDir: string, binaries: PostgresBinaries, settings: ServerSettings): Promise<Cluster> {
  const folder = join(dataDir, 'postgres');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const chosen = await chooseSystemUser(folder);
  // The folder itself is ours to open: its files stay closed each by itself.
  if (chosen) await chmod(dataDir, 0o711);
  const user = chosen && (await withAccess(chosen, { 'the data folder': folder, "PostgreSQL's program": binaries.postgres }));
  const password = await keepPassword(join(dataDir, 'postgres.password'));
  const cluster = { folder, password, user };
  if (!(await exists(join(folder, 'PG_VERSION')))) await initialize(cluster, dataDir, binaries, settings);
  await assertSameMajor(cluster, binaries);
  return cluster;
}

/** The superuser's password, made at the first start. The first writer wins, the others read. */
async function keepPassword(file: string): Promise<string> {
  try {
    await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}

async function initialize(
  cluster: Cluster,
  dataDir: string,
  binaries: PostgresBinaries,
  settings: ServerSettings,
): Promise<void> {
  const workshop = await mkdtemp(join(dataDir, 'postgres-new-'));
  try {
    const passwordFile = join(workshop, 'password');
    const folder = join(workshop, 'cluster');
    await writeFile(passwordFile, cluster.password, { mode: 0o600 });
    if (cluster.user) {
      for (const path of [passwordFile, workshop]) await chown(path, cluster.user.uid, cluster.user.gid);
    }
    const initdb = asUser(cluster.user, binaries.initdb, [
      ...['-D', folder, '-U', SUPERUSER, '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
      // Order and case by Unicode code point, the same on every operating system; ICU collations stay available by name.
      ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      '--no-instructions',
      ...(settings['fsync'] === 'off' ? ['--no-sync'] : []),
    ]);
    await run(initdb.program, initdb.args, { ...initdb.options, env: serverEnvironment, cwd: workshop, timeout: 120_000 });
    await writeFile(join(folder, 'postgresql.conf'), "# Parley writes parley.conf anew at each start.\ninclude 'parley.conf'\n");
    await rename(folder, cluster.folder);
  } catch (cause) {
    // Another Parley on the same folder was faster: its cluster is as good as ours.
    if (await exists(join(cluster.folder, 'PG_VERSION'))) return;
    throw new ParleyError('embedded-postgres-init', `The database folder ${cluster.folder} could not be made: ${said(cause)}`, {
      cause,
    });
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/** Writes the server's settings; all but the port, which is given on the command line. */
export async function writeSettings(cluster: Cluster, settings: ServerSettings): Promise<void> {
  const all: ServerSettings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    cluster_name: 'parley',
    max_connections: '100',
    password_encryption: 'scram-sha-256',
    shared_buffers: '128MB',
    max_wal_size: '4GB',
    synchronous_commit: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    random_page_cost: '1.1',
    // Short queries by key: compiling and parallel plans cost more than they bring.
    jit: 'off',
    max_parallel_workers_per_gather: '0',
    io_method: 'sync',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Errors quote values, that is customers' words: only what concerns the server itself is written.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_parameter_max_length: '0',
    log_parameter_max_length_on_error: '0',
    logging_collector: 'on',
    log_directory: 'log',
    log_filename: 'postgresql-%a.log',
    log_rotation_age: '1d',
    log_rotation_size: '0',
    log_truncate_on_rotation: 'on',
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  const file = join(cluster.folder, 'parley.conf');
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  if (cluster.user) await chown(file, cluster.user.uid, cluster.user.gid);
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function assertSameMajor(cluster: Cluster, binaries: PostgresBinaries): Promise<void> {
  const made = (await readFile(join(cluster.folder, 'PG_VERSION'), 'utf8')).trim();
  const version = asUser(cluster.user, binaries.postgres, ['--version']);
  const { stdout } = await run(version.program, version.args, { ...version.options, env: serverEnvironment });
  const brought = /(\d+)/.exec(stdout)?.[1] ?? 'unknown';
  if (made === brought) return;
  throw new ParleyError(
    'embedded-postgres-version',
    `The database in ${cluster.folder} was made by PostgreSQL ${made}; this Parley brings PostgreSQL ${brought}. ` +
      `Start the Parley version that made it, or move the data with pg_dump and pg_restore.`,
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** What a program printed before it ended, or the error's own words. */
function said(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return stderr?.trim() || message;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import pino from 'pino';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './supervisor';

const log = pino({ level: 'silent' });
const unsafe = { fsync: 'off', shared_buffers: '16MB' };
const root = join(__dirname, '..', '..', '..');

let dataDir: string;
let running: EmbeddedPostgres[] = [];
let parents: ChildProcess[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-postgres-'));
});

afterEach(async () => {
  for (const parent of parents) parent.kill('SIGKILL');
  for (const postgres of running) await postgres.stop();
  if (existsSync(pidFile()) && isAlive(await postmasterPid())) process.kill(await postmasterPid(), 'SIGQUIT');
  [running, parents] = [[], []];
  await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
});

async function start(folder = dataDir): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir: folder, log, settings: unsafe, detached: false });
  running.push(postgres);
  return postgres;
}

/** A Parley of its own, to be killed. Resolves with its process and the URL it got. */
async function startInAnotherProcess(): Promise<{ parent: ChildProcess; url: string }> {
  const script = `
    const { startEmbeddedPostgres } = require('./libs/runtime/postgres/supervisor.ts');
    startEmbeddedPostgres({ dataDir: process.argv[1], log: require('pino')({ level: 'silent' }), settings: ${JSON.stringify(unsafe)} })
      .then(({ url }) => process.stdout.write(url), (error) => { process.stderr.write(error.message); process.exit(1); });`;
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=commonjs', '-e', script, dataDir], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  parents.push(parent);
  const [url] = await Promise.race([once(parent.stdout as NodeJS.ReadableStream, 'data'), once(parent, 'exit').then(() => [''])]);
  return { parent, url: String(url) };
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const pidFile = () => join(dataDir, 'postgres', 'postmaster.pid');
const postmasterPid = async () => Number((await readFile(pidFile(), 'utf8')).split('\n')[0]);
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function eventually<T>(work: () => Promise<T>, timeoutMs = 15_000): Promise<T> {
  for (const giveUpAt = Date.now() + timeoutMs; ; ) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

describe('the embedded PostgreSQL', () => {
  it('makes a database at the first start, keeps it over a restart, and shows it to this machine only', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)');
    const [settings] = await query(
      first.url,
      `SELECT current_setting('listen_addresses') AS address, current_setting('synchronous_commit') AS sync,
              current_setting('jit') AS jit, lower('ÄÖ') AS lower`,
    );
    expect(settings).toEqual({ address: '127.0.0.1', sync: 'on', jit: 'off', lower: 'äö' });
    expect((await stat(join(dataDir, 'postgres.password'))).mode & 0o777).toBe(0o600);
    await expect(query(first.url.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    await first.stop();
    expect(existsSync(pidFile())).toBe(false);

    const second = await start();
    expect(await query(second.url, 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
  }, 60_000);

  it('adopts the server that outlived a killed Parley, and refuses a second owner', async () => {
    const { parent, url } = await startInAnotherProcess();
    await query(url, 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)');
    const pid = await postmasterPid();

    await expect(start()).rejects.toMatchObject({
      code: 'data-dir-in-use',
      message: expect.stringContaining(`process ${parent.pid}`),
    });
    expect(isAlive(pid)).toBe(true);

    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const adopted = await start();
    expect(adopted.url).toBe(url);
    expect(await postmasterPid()).toBe(pid);
    expect(await query(adopted.url, 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
    await adopted.stop();
    await eventually(async () => expect(isAlive(pid)).toBe(false));
  }, 60_000);

  it('comes back on the same port after the server is killed', async () => {
    const postgres = await start();
    await query(postgres.url, 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)');
    process.kill(await postmasterPid(), 'SIGKILL');
    expect(await eventually(() => query(postgres.url, 'SELECT id FROM kept'))).toEqual([{ id: 7 }]);
  }, 60_000);

  it('starts over a pid file whose process is another program, or long dead', async () => {
    await (await start()).stop();
    for (const pid of [process.pid, 4_194_303]) {
      await writeFile(pidFile(), `${pid}\n${join(dataDir, 'postgres')}\n1\n5432\n\n127.0.0.1\n`);
      const postgres = await start();
      expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await postgres.stop();
    }
  }, 60_000);

  // Root's own home is closed to others, and a clone there has to work. Containers may forbid it: then it is said.
  it('works below a folder that is closed to the database user, or says what to do', async () => {
    if (process.getuid?.() !== 0) return;
    const closed = join(dataDir, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const started = await start(join(closed, 'data')).catch((error: unknown) => error);
    if (started instanceof Error) {
      expect(started).toMatchObject({ code: 'folder-closed', message: expect.stringContaining(`may not enter ${closed}`) });
      return;
    }
    const client = new Client({ connectionString: (started as EmbeddedPostgres).url });
    await client.connect();
    const { rows } = await client.query('SELECT 1 AS one');
    expect(rows).toEqual([{ one: 1 }]);
    await client.end();
    await (started as EmbeddedPostgres).stop();
  }, 60_000);

  it('does not open a database that another major version made', async () => {
    await (await start()).stop();
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '12\n');
    await expect(start()).rejects.toMatchObject({ code: 'embedded-postgres-version' });
  }, 60_000);
});

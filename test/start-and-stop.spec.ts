import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The main job as a person starts it: nothing set but where its data lie. */
class Started {
  private output = '';

  constructor(readonly process: ChildProcess) {
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += String(chunk);
      });
    }
  }

  get said(): string {
    return this.output;
  }

  /** Waits until it has said this. @returns the first group of the expression */
  async says(expression: RegExp, timeoutMs = 60_000): Promise<string> {
    for (const giveUpAt = Date.now() + timeoutMs; Date.now() < giveUpAt; await pause(20)) {
      const found = expression.exec(this.output);
      if (found) return found[1] ?? '';
      if (this.process.exitCode !== null) break;
    }
    throw new Error(`It never said ${expression}:\n${this.output}`);
  }

  async end(signal: NodeJS.Signals): Promise<{ code: number | null; tookMs: number }> {
    const startedAt = Date.now();
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const gone = once(this.process, 'exit');
      this.process.kill(signal);
      await gone;
    }
    return { code: this.process.exitCode, tookMs: Date.now() - startedAt };
  }
}

let dataDir: string;
const processes: Started[] = [];
function start(env: Record<string, string> = {}): Started {
  const given = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PARLEY_|KAFKA_|DATABASE_URL)/.test(name)));
  const child = spawn(process.execPath, [join(__dirname, '..', 'dist', 'apps', 'parley', 'main.js')], {
    env: { ...given, PARLEY_DATA_DIR: dataDir, PARLEY_PORT: '0', PARLEY_LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const started = new Started(child);
  processes.push(started);
  return started;
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-test-start-'));
});
afterAll(async () => {
  // One that was killed has left its database running; a start and an orderly end take it along.
  if (existsSync(join(dataDir, 'postgres', 'postmaster.pid'))) {
    const last = start();
    await last.says(/Parley is ready/).catch(() => undefined);
  }
  for (const each of processes) await each.end('SIGTERM');
  await rm(dataDir, { recursive: true, force: true });
}, 60_000);

const URL_SAID = /Inbox +(http:\/\/\S+)\//;
let running: Started;
let url: string;
let key: string;

describe('the main job', () => {
  it('starts within thirty seconds on an empty folder, and says where it is and its keys', async () => {
    const startedAt = Date.now();
    running = start();
    url = await running.says(URL_SAID);
    key = await running.says(/API key +(pk_\S+)/);
    await running.says(/Operator key +ok_/);
    expect(Date.now() - startedAt).toBeLessThan(30_000);
    const answer = await fetch(`${url}/v1/conversations`, { headers: { authorization: `Bearer ${key}` } });
    expect({ status: answer.status, body: await answer.json() }).toEqual({ status: 200, body: { data: [], nextCursor: null } });
    expect((await fetch(`${url}/v1/conversations`)).status).toBe(401);
  }, 90_000);

  it('does not let a second one work on its data, and is not disturbed by it', async () => {
    const second = start();
    const gone = once(second.process, 'exit');
    await second.says(/Another Parley \(process \d+\) is running on the data folder/);
    await gone;
    expect(second.process.exitCode).toBe(1);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  }, 60_000);

  it('says that its port is taken', async () => {
    const second = start({ PARLEY_PORT: new URL(url).port, PARLEY_DATA_DIR: `${dataDir}-other` });
    const gone = once(second.process, 'exit');
    await second.says(/Port \d+ on 127\.0\.0\.1 is taken/);
    await gone;
    expect(existsSync(join(`${dataDir}-other`, 'postgres'))).toBe(false);
    await rm(`${dataDir}-other`, { recursive: true, force: true });
  }, 60_000);

  it('ends in order while it is asked: no answer is an error, and the database is gone with it', async () => {
    const statuses = new Set<number>();
    let asking = true;
    const askers = Array.from({ length: 8 }, async () => {
      while (asking) {
        const answer = await fetch(`${url}/v1/conversations`, { headers: { authorization: `Bearer ${key}` } }).catch(() => null);
        if (answer) statuses.add(answer.status);
        if (answer) await answer.text().catch(() => undefined);
        else await pause(10);
      }
    });
    await pause(500);
    const { code, tookMs } = await running.end('SIGTERM');
    asking = false;
    await Promise.all(askers);
    expect([...statuses].filter((status) => status >= 500)).toEqual([]);
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(10_000);
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
  }, 60_000);

  it('takes over the database that a killed one left running, and does not tell its keys again', async () => {
    const killed = start();
    await killed.says(URL_SAID);
    await killed.end('SIGKILL');
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(true);
    const next = start();
    url = await next.says(URL_SAID);
    expect((await fetch(`${url}/v1/accounts`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
    expect(killed.said + next.said).not.toContain(key);
  }, 120_000);
});

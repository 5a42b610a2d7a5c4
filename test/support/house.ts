import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startTestKafka, type TestKafka } from './kafka';
import { freePort } from './ports';
import { startTestDatabase, type TestDatabase } from './postgres';

export type Mode = 'embedded' | 'distributed';
export const verbs = ['ingest', 'normalize', 'translate', 'conversations', 'deliver'] as const;
type ProcessName = 'parley' | (typeof verbs)[number];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

export interface CommandResult {
  readonly code: number;
  readonly said: string;
}

const ROOT = join(__dirname, '..', '..');
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

/** Parley as it is really run: built, in processes of its own, with everything real under it. */
export class TestHouse {
  readonly key = 'test-key-of-the-first-merchant';
  readonly operatorKey = 'test-key-of-the-operator';
  private readonly processes = new Map<ProcessName, ChildProcess>();
  private readonly ports = new Map<ProcessName, number>();

  private constructor(
    readonly mode: Mode,
    private readonly folder: string,
    private readonly env: Readonly<Record<string, string>>,
    /** In the distributed mode. */
    readonly kafka: TestKafka | null,
    readonly database: TestDatabase | null,
  ) {}

  static async start(mode: Mode, env: Readonly<Record<string, string>> = {}): Promise<TestHouse> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-test-house-'));
    // PostgreSQL works as a user of its own where we are root: it has to get through.
    await chmod(folder, 0o755);
    // The quicker one first: where it cannot start, no broker is left behind.
    const database = mode === 'distributed' ? await startTestDatabase() : null;
    const kafka = mode === 'distributed' ? await startTestKafka() : null;
    const house = new TestHouse(mode, folder, env, kafka, database);
    try {
      for (const name of house.names) house.ports.set(name, await freePort());
      await house.startAll();
    } catch (error) {
      await house.stop();
      throw error;
    }
    return house;
  }

  get names(): readonly ProcessName[] {
    return this.mode === 'embedded' ? ['parley'] : verbs;
  }

  /** Where channels call. */
  get ingestUrl(): string {
    return this.urlOf(this.mode === 'embedded' ? 'parley' : 'ingest');
  }

  /** Where the shop's programs call. */
  get apiUrl(): string {
    return this.urlOf(this.mode === 'embedded' ? 'parley' : 'conversations');
  }

  /** The process that does this verb's work. */
  processOf(verb: (typeof verbs)[number]): ProcessName {
    return this.mode === 'embedded' ? 'parley' : verb;
  }

  async startAll(): Promise<void> {
    for (const name of this.names) this.spawn(name);
    await Promise.all(this.names.map((name) => this.untilReady(name)));
  }

  async startProcess(name: ProcessName): Promise<void> {
    this.spawn(name);
    await this.untilReady(name);
  }

  /** SIGKILL: no chance to put anything in order. */
  async kill(name: ProcessName): Promise<void> {
    const child = this.processes.get(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async restart(name: ProcessName): Promise<void> {
    await this.kill(name);
    await this.startProcess(name);
  }

  isAlive(name: ProcessName): boolean {
    const child = this.processes.get(name);
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return callJson(`${this.apiUrl}${path}`, method, body, { authorization: `Bearer ${this.key}`, ...headers });
  }

  /** @throws with what the API said when it is not a 2xx. */
  async ok(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<any> {
    const answer = await this.call(method, path, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  createAccount(channel: string, settings: Record<string, unknown>, name = channel): Promise<any> {
    return this.ok('POST', '/v1/accounts', { channel, name, settings });
  }

  /** Every message of every conversation of the merchant, by conversation, in sequence. */
  async allMessages(): Promise<Map<string, any[]>> {
    const byConversation = new Map<string, any[]>();
    for (let cursor: string | null = null; ; ) {
      const page: any = await this.ok(
        'GET',
        `/v1/conversations?limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
      );
      for (const { id } of page.data) byConversation.set(id, await this.messagesOf(id));
      cursor = page.nextCursor;
      if (!cursor) return byConversation;
    }
  }

  async messagesOf(conversationId: string): Promise<any[]> {
    const messages: any[] = [];
    for (;;) {
      const after = messages.at(-1)?.sequence ?? 0;
      const page = await this.ok('GET', `/v1/conversations/${conversationId}/messages?after=${after}&limit=200`);
      messages.push(...page.data);
      if (page.data.length < 200) return messages;
    }
  }

  /** What its processes are started with, but for the port of each. */
  get settings(): Record<string, string> {
    return { ...this.environment('parley'), PARLEY_PORT: '0' };
  }

  /** Runs a command of Parley (`backup`, `restore`, ...) with the settings of this house, and others on top. */
  async command(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    const child = spawn(process.execPath, [join(ROOT, 'dist', 'apps', 'parley', `${name}.js`), ...args], {
      cwd: this.folder,
      env: { ...process.env, ...this.settings, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
    const [code] = await once(child, 'close');
    return { code, said };
  }

  /** Last lines of what a process said, for a failing test. */
  said(name: ProcessName): string {
    const file = this.logFile(name);
    return existsSync(file) ? readFileSync(file, 'utf8').slice(-4_000) : '';
  }

  async stop(): Promise<void> {
    await Promise.all(this.names.map((name) => this.end(name)));
    await this.endOrphanedPostgres();
    await this.database?.stop();
    await this.kafka?.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  private async end(name: ProcessName): Promise<void> {
    const child = this.processes.get(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(timer);
  }

  /** A killed Parley leaves its PostgreSQL running, for the next start to adopt. There is none. */
  private async endOrphanedPostgres(): Promise<void> {
    const file = join(this.folder, 'data', 'postgres', 'postmaster.pid');
    if (this.mode !== 'embedded' || !existsSync(file)) return;
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
    try {
      process.kill(pid, 'SIGINT');
      for (let tries = 0; tries < 50 && existsSync(file); tries++) await pause(100);
    } catch {
      // It is gone already.
    }
  }

  private spawn(name: ProcessName): void {
    const child = spawn(process.execPath, [join(ROOT, 'dist', 'apps', name, 'main.js')], {
      cwd: this.folder,
      env: { ...process.env, ...this.environment(name) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(this.logFile(name), { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.processes.set(name, child);
  }

  private environment(name: ProcessName): Record<string, string> {
    return {
      CI: '',
      DATABASE_URL: this.database?.url ?? '',
      KAFKA_BROKERS: this.kafka?.brokers.join(',') ?? '',
      PARLEY_PORT: String(this.ports.get(name)),
      PARLEY_DATA_DIR: join(this.folder, 'data'),
      PARLEY_MEDIA_DIR: join(this.folder, 'media'),
      PARLEY_SECRET_KEY: 'a secret key for tests alone',
      PARLEY_API_KEY: this.key,
      PARLEY_OPERATOR_KEY: this.operatorKey,
      PARLEY_MERCHANT_LANGUAGE: 'zh-CN',
      PARLEY_ALLOW_PRIVATE_HOSTS: '1',
      PARLEY_RATE_LIMIT: '0',
      PARLEY_LOG_LEVEL: 'warn',
      PARLEY_LOG_PARTITIONS: '4',
      ...this.env,
    };
  }

  private async untilReady(name: ProcessName): Promise<void> {
    const until = Date.now() + READY_TIMEOUT_MS;
    while (Date.now() < until) {
      const child = this.processes.get(name);
      if (child?.exitCode !== null || child.signalCode !== null) break;
      try {
        const { status } = await fetch(`${this.urlOf(name)}/readyz`);
        if (status === 200) return;
      } catch {
        // Not listening yet.
      }
      await pause(50);
    }
    throw new Error(`${name} did not become ready:\n${this.said(name)}`);
  }

  private urlOf(name: ProcessName): string {
    return `http://127.0.0.1:${this.ports.get(name)}`;
  }

  private logFile(name: ProcessName): string {
    return join(this.folder, `${name}.log`);
  }
}

export async function callJson(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? undefined : raw ? (body as string) : JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  let parsed: unknown = text;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Not everything is JSON.
  }
  return { status: response.status, headers: response.headers, body: parsed };
}

/** Asks until the answer satisfies, and gives it. @throws with the last answer after the time is over. */
export async function eventually<T>(ask: () => Promise<T>, satisfies: (value: T) => boolean, timeoutMs = 30_000): Promise<T> {
  const until = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < until) {
    try {
      const value = await ask();
      if (satisfies(value)) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    await pause(100);
  }
  throw new Error(`It did not come to that. Last: ${last instanceof Error ? last.stack : JSON.stringify(last)?.slice(0, 3_000)}`);
}

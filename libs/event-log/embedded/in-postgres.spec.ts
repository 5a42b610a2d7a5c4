import { setTimeout as pause } from 'node:timers/promises';
import { createLogger } from '@parley/runtime';
import { Client } from 'pg';
import { startTestDatabase, type TestDatabase } from '../../../test/support/postgres';
import { LogUnavailableError } from '../errors';
import { logMigrations } from '../migrations';
import { openEventLog } from '../open';
import type { EventLog, StoredRecord } from '../port';
import { sweepOldRecords } from './retention';

const logger = createLogger({ name: 'test', level: 'silent' });
const record = (key: string, value: string) => ({ key, value: Buffer.from(value) });

let test: TestDatabase;
let owner: Client;
let log: EventLog;
beforeAll(async () => {
  test = await startTestDatabase({ migrations: { log: logMigrations } });
  owner = new Client({ connectionString: test.url });
  await owner.connect();
}, 60_000);
afterAll(async () => {
  await owner?.end();
  await test?.stop();
});
beforeEach(async () => {
  log = await openEventLog({ mode: 'embedded', database: test.database, logger, sessionTimeoutMs: 2_000 });
});
afterEach(() => log.close(1_000));

async function until(holds: () => boolean, timeoutMs = 15_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('not in time');
    await pause(10);
  }
}

const read = async (topic: string, group: string, into: StoredRecord[]) =>
  log.consume({
    topics: [topic],
    group,
    maxRecords: 100,
    maxBytes: 1_000_000,
    async handler({ records }) {
      into.push(...records);
    },
  });

it('goes on after every connection was cut, and loses nothing that it acknowledged', async () => {
  await log.ensureTopics([{ name: 'cut', partitions: 2 }]);
  const seen: StoredRecord[] = [];
  await read('cut', 'cut-readers', seen);
  const acknowledged: string[] = [];
  for (let n = 0; n < 200; n++) {
    if (n % 50 === 25)
      await owner.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'parley'`);
    try {
      await log.append('cut', [record(`key-${n % 5}`, String(n))]);
      acknowledged.push(String(n));
    } catch (error) {
      expect(error).toBeInstanceOf(LogUnavailableError);
    }
  }
  expect(acknowledged.length).toBeGreaterThan(150);
  const values = () => new Set(seen.map(({ value }) => Buffer.from(value).toString()));
  await until(() => acknowledged.every((value) => values().has(value)));
}, 60_000);

it('drops what is older than its retention, once every group has handled it', async () => {
  await log.ensureTopics([
    { name: 'short', partitions: 1, retentionMs: 50 },
    { name: 'kept', partitions: 1 },
  ]);
  const append = (count: number) =>
    Promise.all(
      ['short', 'kept'].map((topic) =>
        log.append(
          topic,
          Array.from({ length: count }, (_, n) => record('k', String(n))),
        ),
      ),
    );
  const stored = async (topic: string) =>
    Number(
      (
        await owner.query('SELECT count(*) FROM log.records r JOIN log.partitions p ON p.id = r.partition_id WHERE topic = $1', [
          topic,
        ])
      ).rows[0].count,
    );
  await append(10);
  const first: StoredRecord[] = [];
  const second: StoredRecord[] = [];
  await read('short', 'first', first);
  const slow = await read('short', 'second', second);
  await until(() => first.length === 10 && second.length === 10);
  await slow.stop(1_000);
  await append(5);
  await until(() => first.length === 15);
  await pause(100);
  expect(await sweepOldRecords(test.database, logger)).toBe(10);
  expect(await stored('short')).toBe(5);
  expect(await stored('kept')).toBe(15);
  // The one that was away finds what it has not seen; the numbers go on.
  await read('short', 'second', second);
  await until(() => second.length === 15);
  expect(second.at(-1)?.offset).toBe(14n);
  // One that comes anew begins with what is left.
  const third: StoredRecord[] = [];
  await read('short', 'third', third);
  await until(() => third.length === 5);
  let lag = await log.lag('third');
  for (let n = 0; n < 100 && lag['short'] !== 0; n++) {
    await pause(10);
    lag = await log.lag('third');
  }
  expect(lag).toEqual({ short: 0 });
}, 60_000);

it('shows its records to no merchant', async () => {
  await log.ensureTopics([{ name: 'secret', partitions: 1 }]);
  await log.append('secret', [record('k', 'v')]);
  const count = async (scope: string) =>
    (await test.database.query(scope, 'SELECT count(*)::int AS n FROM log.records')).rows[0].n;
  expect(await count('*')).toBeGreaterThan(0);
  expect(await count('mer_1')).toBe(0);
  await expect(
    test.database.query('mer_1', `INSERT INTO log.records (partition_id, "offset", key, value) VALUES (1, 999, '', '')`),
  ).rejects.toThrow('row-level security');
}, 60_000);

it('refuses a topic that is not there', async () => {
  await expect(log.append('nowhere', [record('k', 'v')])).rejects.toMatchObject({ cause: { code: 'unknown-topic' } });
  await expect(read('nowhere', 'nobody', [])).rejects.toMatchObject({ code: 'unknown-topic' });
}, 60_000);

it('costs next to nothing while nothing happens', async () => {
  await log.ensureTopics([{ name: 'idle', partitions: 4 }]);
  for (let n = 0; n < 5; n++) await read('idle', `idle-${n}`, []);
  await pause(500);
  const before = process.cpuUsage();
  await pause(2_000);
  const { user, system } = process.cpuUsage(before);
  // Four looks a session of 2 s: five times as many as by default.
  expect((user + system) / 2_000_000).toBeLessThan(0.1);
}, 60_000);

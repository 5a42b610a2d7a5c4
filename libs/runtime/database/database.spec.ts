import { Client } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { startTestDatabase, type TestDatabase } from '../../../test/support/postgres';
import { createLogger } from '../logger';
import { openDatabase } from './database';
import { isDatabaseUnavailable } from './database-errors';
import { migrate } from './migrate';

class Notes1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA conversations;
      CREATE TABLE conversations.notes (id bigint GENERATED ALWAYS AS IDENTITY, merchant_id text NOT NULL, text text);
      ALTER TABLE conversations.notes ENABLE ROW LEVEL SECURITY;
      ALTER TABLE conversations.notes FORCE ROW LEVEL SECURITY;
      CREATE POLICY merchant ON conversations.notes
        USING (current_setting('parley.merchant_id', true) IN (merchant_id, '*'))
        WITH CHECK (current_setting('parley.merchant_id', true) IN (merchant_id, '*'));`);
  }
  async down(): Promise<void> {}
}

const log = createLogger({ name: 'test', level: 'silent' });
let test: TestDatabase;

beforeAll(async () => {
  test = await startTestDatabase({ migrations: [Notes1700000000001] });
  await test.database.query('mer_a', `INSERT INTO conversations.notes (merchant_id, text) VALUES ('mer_a', 'one')`);
  await test.database.query('mer_b', `INSERT INTO conversations.notes (merchant_id, text) VALUES ('mer_b', 'two')`);
}, 60_000);
afterAll(() => test?.stop());

const texts = async (merchantId: string) =>
  (await test.database.query(merchantId, 'SELECT text FROM conversations.notes ORDER BY text')).rows.map((row) => row.text);

async function asOwner(sql: string): Promise<any[]> {
  const client = new Client({ connectionString: test.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('a transaction', () => {
  it('sees the rows of its merchant, and of all only for the pipeline', async () => {
    expect(await texts('mer_a')).toEqual(['one']);
    expect(await texts('mer_b')).toEqual(['two']);
    expect(await texts('*')).toEqual(['one', 'two']);
    expect(await texts(`mer_a' OR 'a'='a`)).toEqual([]);
  });

  it('is the only way to rows: a query that names no merchant sees nothing', async () => {
    const count = 'SELECT count(*)::int AS n FROM conversations.notes';
    expect((await test.database.pool.query(count)).rows).toEqual([{ n: 0 }]);
    expect(await test.database.dataSource.query(count)).toEqual([{ n: 0 }]);
  });

  it('cannot write a row of another merchant', async () => {
    const write = test.database.query('mer_a', `INSERT INTO conversations.notes (merchant_id) VALUES ('mer_b')`);
    await expect(write).rejects.toMatchObject({ code: '42501' });
  });

  it('runs as a role that row-level security holds', async () => {
    const { rows } = await test.database.query(
      '*',
      'SELECT current_user AS role, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user',
    );
    expect(rows).toEqual([{ role: 'parley_app', rolsuper: false, rolbypassrls: false }]);
  });

  it('keeps nothing when the work throws, nor when it swallowed a failed statement', async () => {
    const insert = `INSERT INTO conversations.notes (merchant_id, text) VALUES ('mer_c', 'lost')`;
    const thrown = test.database.transaction('mer_c', async (client) => {
      await client.query(insert);
      throw new Error('changed my mind');
    });
    await expect(thrown).rejects.toThrow('changed my mind');
    const swallowed = test.database.transaction('mer_c', async (client) => {
      await client.query(insert);
      await client.query('SELECT 1 / 0').catch(() => undefined);
    });
    await expect(swallowed).rejects.toMatchObject({ code: 'transaction-failed' });
    expect(await texts('mer_c')).toEqual([]);
  });
});

describe('a lost connection', () => {
  it('neither ends the process nor spoils the next transaction', async () => {
    const idleInTransaction = test.database.transaction('mer_a', async (client) => {
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
      await asOwner(`SELECT pg_terminate_backend(${rows[0].pid})`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await client.query('SELECT 1');
    });
    const error = await idleInTransaction.catch((reason: unknown) => reason);
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect(await texts('mer_a')).toEqual(['one']);
  });

  it('is told to listeners after they listen again, with an empty payload', async () => {
    const heard: string[] = [];
    const untilHeard = async (payload: string) => {
      for (let i = 0; i < 100 && !heard.includes(payload); i++) await new Promise((resolve) => setTimeout(resolve, 50));
      expect(heard).toContain(payload);
    };
    const stop = await test.database.listen('parley_test', (payload) => heard.push(payload));
    await test.database.notify('parley_test', `it's`);
    await untilHeard(`it's`);
    await asOwner(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'`);
    await untilHeard('');
    await test.database.notify('parley_test', 'again');
    await untilHeard('again');
    await stop();
    const before = heard.length;
    await test.database.notify('parley_test', 'unheard');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard).toHaveLength(before);
  }, 15_000);
});

describe('migrate', () => {
  it('is done once however many processes start together', async () => {
    const set = { name: 'test', migrations: [Notes1700000000001] };
    await Promise.all([1, 2, 3].map(() => migrate(test.url, [set], log)));
    expect(await asOwner('SELECT name FROM runtime.migrations_test')).toEqual([{ name: 'Notes1700000000001' }]);
  }, 20_000);

  it('falls back to the owner, held by forced policies, where it may not make a role', async () => {
    await asOwner(`CREATE ROLE tenant LOGIN PASSWORD 'p'`);
    await asOwner('CREATE DATABASE rented OWNER tenant');
    await asOwner('ALTER ROLE parley_app RENAME TO elsewhere');
    try {
      const url = new URL(test.url);
      [url.username, url.password, url.pathname] = ['tenant', 'p', '/rented'];
      const { role } = await migrate(url.href, [{ name: 'test', migrations: [Notes1700000000001] }], log);
      expect(role).toBeNull();
      const database = await openDatabase({ url: url.href, role, log });
      await database.query('mer_a', `INSERT INTO conversations.notes (merchant_id, text) VALUES ('mer_a', 'mine')`);
      expect((await database.query('mer_a', 'SELECT text FROM conversations.notes')).rows).toEqual([{ text: 'mine' }]);
      expect((await database.query('mer_b', 'SELECT text FROM conversations.notes')).rows).toEqual([]);
      await database.close();
    } finally {
      await asOwner('ALTER ROLE elsewhere RENAME TO parley_app');
    }
  }, 20_000);
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logMigrations } from '@parley/event-log';
import { createLogger, migrate } from '@parley/runtime';
import type { Client } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { startTestDatabase, type TestDatabase } from '../../../../test/support/postgres';
import { connect } from '../database/connect';
import { backup } from './backup';
import { restore } from './restore';

/** A shop's table as version one made it, with everything that text may hold. */
class First1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA shop;
      CREATE TABLE shop.goods (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, doubled text GENERATED ALWAYS AS (name || name) STORED,
        bytes bytea, said json, tags text[], weight double precision, at timestamptz);
      CREATE TABLE shop.carts (id bigint PRIMARY KEY, "goods id" bigint REFERENCES shop.goods);
      CREATE UNLOGGED TABLE shop.visits (id bigint);
      ALTER TABLE shop.goods ENABLE ROW LEVEL SECURITY;
      ALTER TABLE shop.goods FORCE ROW LEVEL SECURITY;
      CREATE POLICY everybody ON shop.goods USING (current_setting('parley.merchant_id', true) = '*');`);
  }
  async down(): Promise<void> {}
}

/** What version two adds: it works on the rows that are there. */
class Second1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE shop.goods ADD COLUMN length integer;
      SELECT set_config('parley.merchant_id', '*', true);
      UPDATE shop.goods SET length = char_length(name);`);
  }
  async down(): Promise<void> {}
}

const log = { name: 'log', migrations: logMigrations };
const one = [log, { name: 'shop', migrations: [First1700000000001] }];
const two = [log, { name: 'shop', migrations: [First1700000000001, Second1700000000002] }];
const silent = createLogger({ name: 'test', level: 'silent' });
const NAME = 'tab\tline\nreturn\r\\. \\N 你好';
const KEY = 'a secret key for tests alone';

let server: TestDatabase;
let admin: Client;
let source: Client;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-test-versions-'));
  server = await startTestDatabase();
  admin = await connect(server.url);
  source = await connect(await database('source'));
  await migrate(urlOf('source'), one, silent);
  await source.query(
    `INSERT INTO shop.goods (name, bytes, said, tags, weight, at) VALUES
       ($1, '\\x00ff0a5c', '{"name": "a\\u0000b"}', ARRAY['a,b', '"', NULL], 0.1 + 0.2, '2026-11-25 10:00:00.123456+08'),
       (NULL, NULL, NULL, NULL, 'NaN', 'infinity'), ('', '', 'null', '{}', -0.0, NULL)`,
    [NAME],
  );
  // More than goes at once.
  await source.query(`INSERT INTO shop.goods (name) SELECT repeat('x', 1000) FROM generate_series(1, 12000)`);
  await source.query('INSERT INTO shop.carts SELECT id, id FROM shop.goods WHERE id <= 3');
}, 60_000);
afterAll(async () => {
  await source?.end();
  await admin?.end();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const urlOf = (name: string) => server.url.replace(/\/[^/]*$/, `/${name}`);
async function database(name: string, owner?: string): Promise<string> {
  await admin.query(`CREATE DATABASE ${name} ${owner ? `OWNER ${owner}` : ''}`);
  return urlOf(name);
}
const settings = (url: string) => ({ DATABASE_URL: url, PARLEY_SECRET_KEY: KEY, PARLEY_DATA_DIR: join(folder, 'data') });
const goods = async (client: Client, columns = '*') =>
  (await client.query(`SELECT ${columns}, bytes::text AS b, said::text AS s, at::text AS a FROM shop.goods ORDER BY id`)).rows;

it('brings every value back as it was, and goes on counting where it was', async () => {
  const file = join(folder, 'one.tar.gz');
  expect(await backup(file, settings(urlOf('source')))).toMatchObject({ rows: 12_006, files: 0 });
  const url = await database('same');
  expect(await restore(file, { env: settings(url), sets: one })).toMatchObject({ rows: 12_006 });
  const target = await connect(url);
  try {
    expect(await goods(target)).toEqual(await goods(source));
    const { rows } = await target.query(`INSERT INTO shop.goods (name) VALUES ('next') RETURNING id`);
    expect(rows).toEqual([{ id: '12004' }]);
    const forced = await target.query(`SELECT relforcerowsecurity AS forced FROM pg_class WHERE oid = 'shop.goods'::regclass`);
    expect(forced.rows).toEqual([{ forced: true }]);
  } finally {
    await target.end();
  }
}, 60_000);

it('takes the rows of an earlier version in as they were; then come the migrations since', async () => {
  const file = join(folder, 'one.tar.gz');
  const url = await database('later');
  await restore(file, { env: settings(url), sets: two });
  const target = await connect(url);
  try {
    const rows = await goods(target);
    expect(rows.slice(0, 3).map((row) => row.length)).toEqual([NAME.length, null, 0]);
    expect(rows.map(({ length: _, ...row }) => row)).toEqual(await goods(source));
  } finally {
    await target.end();
  }
}, 60_000);

it('refuses those of a later version, and where a key is another', async () => {
  const file = join(folder, 'two.tar.gz');
  await backup(file, settings(urlOf('later')));
  const url = await database('earlier');
  await expect(restore(file, { env: settings(url), sets: one })).rejects.toThrow('made by a newer Parley');
  await expect(restore(file, { env: { ...settings(url), PARLEY_SECRET_KEY: `${KEY} another` }, sets: two })).rejects.toThrow(
    'not the key',
  );
}, 60_000);

it('needs no more than to own the database', async () => {
  await admin.query(`CREATE ROLE shopkeeper LOGIN PASSWORD 'open sesame' CREATEROLE`);
  const url = new URL(await database('owned', 'shopkeeper'));
  Object.assign(url, { username: 'shopkeeper', password: 'open%20sesame' });
  await restore(join(folder, 'one.tar.gz'), { env: settings(url.href), sets: one });
  const file = join(folder, 'owned.tar.gz');
  expect(await backup(file, settings(url.href))).toMatchObject({ rows: 12_006 });
}, 60_000);

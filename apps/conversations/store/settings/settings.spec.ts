import { EntitySchema } from 'typeorm';
import {
  claimIdempotencyKey,
  completeIdempotencyKey,
  createMerchant,
  deleteGlossaryTerm,
  findApiKey,
  getAccount,
  getDeadLetter,
  glossaryVersion,
  hashApiKey,
  insertAccount,
  insertApiKey,
  listAccounts,
  listDeadLetters,
  listGlossary,
  markReplayed,
  newApiKey,
  putGlossaryTerm,
  releaseIdempotencyKey,
  revokeApiKey,
  storeDeadLetters,
  updateAccount,
} from '..';
import { SHOP } from '../testing/fixtures';
import { startStore, type TestStore } from '../testing/store-database';
import { accountSchema } from './accounts.tables';
import { deadLetterSchema } from './dead-letters.tables';
import { glossarySchema } from './glossary.tables';
import { apiKeySchema, merchantSchema } from './merchants.tables';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
}, 60_000);
afterAll(() => store?.stop());

const own = <T>(work: (client: Parameters<typeof listAccounts>[0]) => Promise<T>) => store.read(work);

it('describes the tables as they are', async () => {
  const left = { merchants: ['glossary_version', 'next_event'], api_keys: ['hash'] } as Record<string, string[]>;
  for (const schema of [
    merchantSchema,
    apiKeySchema,
    accountSchema,
    glossarySchema,
    deadLetterSchema,
  ] as EntitySchema<object>[]) {
    const table = schema.options.tableName ?? '';
    const described = Object.entries(schema.options.columns).map(
      ([field, column]) => (column as { name?: string }).name ?? field,
    );
    const there = await store.rows(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'conversations' AND table_name = '${table}'`,
    );
    expect([...described, ...(left[table] ?? [])].sort()).toEqual(there.map((row) => row.name).sort());
  }
});

it('knows a key by its hash until it is revoked', async () => {
  const key = newApiKey();
  const keyOf = () => store.database.transaction('*', (client) => findApiKey(client, hashApiKey(key)));
  await own((client) =>
    insertApiKey(client, { id: 'key_1', merchantId: SHOP, name: 'shop', key, scopes: ['admin'], accountIds: null }),
  );
  expect(await keyOf()).toMatchObject({ key: { prefix: key.slice(0, 8), scopes: ['admin'] }, merchant: { id: SHOP } });
  expect(JSON.stringify(await store.rows('SELECT * FROM conversations.api_keys'))).not.toContain(key);
  expect(await own((client) => revokeApiKey(client, SHOP, 'key_1'))).toBe(true);
  expect(await keyOf()).toBeNull();
});

it('keeps accounts, forgets the settings of a deleted one, and tells every process', async () => {
  const told: string[] = [];
  const stop = await store.database.listen('parley_accounts', (payload) => told.push(payload));
  const account = { id: 'acc_1', merchantId: SHOP, channel: 'email', name: 'Post', state: 'active' as const };
  await store.write((tx) =>
    insertAccount(tx, { ...account, settings: Buffer.from('sealed'), settingsShown: { password: null } }),
  );
  await store.write((tx) => updateAccount(tx, SHOP, 'acc_1', { name: 'Mail' }));
  expect(await own((client) => listAccounts(client, SHOP))).toMatchObject([{ name: 'Mail', settingsShown: { password: null } }]);
  await store.write((tx) => updateAccount(tx, SHOP, 'acc_1', { state: 'deleted' }));
  expect(await own((client) => listAccounts(client, SHOP))).toEqual([]);
  expect(await own((client) => getAccount(client, SHOP, 'acc_1'))).toMatchObject({
    settings: Buffer.alloc(0),
    settingsShown: {},
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await stop();
  expect(told).toEqual(['acc_1', 'acc_1', 'acc_1']);
});

it('gives a repeated request the answer of the first', async () => {
  const claim = (hash: string) => own((client) => claimIdempotencyKey(client, SHOP, 'k', Buffer.from(hash)));
  expect(await claim('a')).toEqual({ kind: 'claimed' });
  expect(await claim('a')).toEqual({ kind: 'running' });
  expect(await claim('b')).toEqual({ kind: 'mismatch' });
  await own((client) => releaseIdempotencyKey(client, SHOP, 'k'));
  expect(await claim('b')).toEqual({ kind: 'claimed' });
  await own((client) => completeIdempotencyKey(client, SHOP, 'k', 202, { id: 'msg_1' }));
  expect(await claim('b')).toEqual({ kind: 'done', status: 202, response: { id: 'msg_1' } });
  await store.rows(`UPDATE conversations.idempotency_keys SET status = NULL, created_at = now() - interval '2 minutes'`);
  expect(await claim('b')).toEqual({ kind: 'claimed' });
});

it('counts the versions of a glossary', async () => {
  const term = { source: '尺码', sourceLanguage: 'zh', doNotTranslate: false, forbidden: { es: ['medida'] }, scope: {} };
  for (const id of ['trm_1', 'trm_2', 'trm_3'])
    await own((client) => putGlossaryTerm(client, SHOP, { ...term, id, targets: { es: 'talla' } }));
  await own((client) => putGlossaryTerm(client, SHOP, { ...term, id: 'trm_1', targets: { es: 'número' } }));
  expect(await own((client) => deleteGlossaryTerm(client, SHOP, 'trm_2'))).toBe(true);
  expect(await own((client) => glossaryVersion(client, SHOP))).toBe(5);
  const first = await own((client) => listGlossary(client, SHOP, { limit: 1 }));
  expect(first.data).toMatchObject([{ id: 'trm_1', targets: { es: 'número' } }]);
  const rest = await own((client) => listGlossary(client, SHOP, { limit: 5, cursor: first.nextCursor }));
  expect(rest).toMatchObject({ data: [{ id: 'trm_3' }], nextCursor: null });
});

it('keeps dead letters byte for byte, each once', async () => {
  const letter = (id: string, merchantId: string | null) => ({
    id,
    merchantId,
    accountId: null,
    topic: 'inbound.raw',
    partition: 1,
    offset: '9007199254740993',
    key: 'k\0',
    headers: { 'x\0': '\ud800' },
    value: Buffer.from([0, 255, 1]).toString('base64'),
    app: 'normalize',
    reason: 'it was sick',
    at: id === 'one' ? '2026-05-06T10:00:00.000Z' : 'no time',
  });
  await store.write((tx) => storeDeadLetters(tx, [letter('one', SHOP), letter('two', SHOP), letter('three', null)]));
  await store.write((tx) => storeDeadLetters(tx, [letter('one', SHOP)]));
  const page = await own((client) => listDeadLetters(client, SHOP, { limit: 1 }));
  expect(page.data).toMatchObject([{ id: 'two' }]);
  const next = await own((client) => listDeadLetters(client, SHOP, { limit: 1, cursor: page.nextCursor, replayed: false }));
  expect(next).toMatchObject({ data: [{ id: 'one', value: 'AP8B', offset: '9007199254740993' }], nextCursor: null });
  expect(await own((client) => markReplayed(client, SHOP, 'one', '2026-05-07T10:00:00.000Z'))).toBe(true);
  expect(await own((client) => getDeadLetter(client, SHOP, 'one'))).toMatchObject({ replayedAt: '2026-05-07T10:00:00.000Z' });
  expect(await own((client) => getDeadLetter(client, SHOP, 'three'))).toBeNull();
});

it('makes merchants', async () => {
  const merchant = { id: 'mer_new', name: 'New', language: 'zh-CN', region: null };
  const made = await store.database.transaction('*', (client) => createMerchant(client, merchant));
  expect(made).toMatchObject({ ...merchant, state: 'active' });
});

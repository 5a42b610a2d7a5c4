import {
  claimIdempotencyKey,
  getConversation,
  getMessage,
  listConversations,
  putGlossaryTerm,
  readEvents,
  storeInbound,
  storeOutbound,
} from '.';
import { idOf, message, reply, SHOP, thread } from './testing/fixtures';
import { startStore, type TestStore } from './testing/store-database';

const OTHER = 'mer_other';
let store: TestStore;
beforeAll(async () => {
  store = await startStore();
  await store.addShop(OTHER);
  await store.write(async (tx) => {
    await storeInbound(tx, [message('ana', 'w1', 'secreto'), message('ana', 'w2', 'x', { replyToExternalId: 'unknown' })]);
    await storeOutbound(tx, [reply('ana', 'k1', '好')]);
    await putGlossaryTerm(tx.client, SHOP, {
      id: 'trm_1',
      source: '尺码',
      sourceLanguage: 'zh',
      targets: {},
      doNotTranslate: false,
      forbidden: {},
      scope: {},
    });
    await claimIdempotencyKey(tx.client, SHOP, 'key', Buffer.from('hash'));
  });
}, 60_000);
afterAll(() => store?.stop());

describe('a merchant', () => {
  const tables = [
    'merchants',
    'contacts',
    'contact_identities',
    'conversations',
    'messages',
    'early',
    'events',
    'search_rows',
    'glossary',
    'idempotency_keys',
  ];

  it.each(tables)('sees no row of another in %s, even with a query that asks for all', async (table) => {
    const count = async (merchantId: string) => {
      const owner = table === 'merchants' ? 'id' : 'merchant_id';
      const sql = `SELECT count(*)::int AS n FROM conversations.${table} WHERE ${owner} = '${SHOP}' OR true`;
      const { rows } = await store.database.query(merchantId, sql);
      return rows[0].n;
    };
    expect(await count(SHOP)).toBeGreaterThan(0);
    expect(await count(OTHER)).toBe(table === 'merchants' ? 1 : 0);
    expect(await count('')).toBe(0);
  });

  it('finds nothing of another by id, by search, by list or in the stream', async () => {
    const q = { q: 'secreto' };
    expect((await store.read((client) => listConversations(client, SHOP, q, { limit: 10 }))).data).toHaveLength(1);
    for (const asked of [SHOP, OTHER]) {
      await store.read(async (client) => {
        expect(await getConversation(client, asked, thread('ana'))).toBeNull();
        expect(await getMessage(client, asked, idOf('w1'))).toBeNull();
        expect((await listConversations(client, asked, {}, { limit: 10 })).data).toEqual([]);
        expect((await listConversations(client, asked, q, { limit: 10 })).data).toEqual([]);
        expect((await readEvents(client, asked, { limit: 10 })).rows).toEqual([]);
      }, OTHER);
    }
  });

  it('writes nothing into the rows of another', async () => {
    const written = store.transactions.run(OTHER, (tx) => storeInbound(tx, [message('eva', 'w9', 'intruder')]));
    await expect(written).rejects.toMatchObject({ code: '42501' });
    expect(await store.read((client) => getMessage(client, SHOP, idOf('w9')))).toBeNull();
  });
});

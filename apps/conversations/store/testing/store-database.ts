import { startTestDatabase } from '../../../../test/support/postgres';
import { migrations } from '../../migrations';
import { type EventRow, readEvents, type Transaction, Transactions } from '..';
import { SHOP } from './fixtures';

/** The store over a Postgres of the test's own, with one shop in it. */
export async function startStore() {
  const test = await startTestDatabase({ migrations: { conversations: migrations } });
  const { database } = test;
  const transactions = new Transactions(database, { mode: 'embedded', publicUrl: 'https://parley.example' });
  const addShop = (id: string) =>
    database.query('*', `INSERT INTO conversations.merchants (id, name, language) VALUES ($1, $1, 'zh-CN')`, [id]);
  await addShop(SHOP);
  return {
    ...test,
    transactions,
    addShop,
    write: <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => transactions.run('*', work),
    read: <T>(work: (client: Transaction['client']) => Promise<T>, merchantId = SHOP): Promise<T> =>
      database.transaction(merchantId, work),
    events: (merchantId = SHOP): Promise<EventRow[]> =>
      database.transaction(merchantId, async (client) => (await readEvents(client, merchantId, { limit: 1000 })).rows),
    rows: async (sql: string): Promise<any[]> => (await database.query('*', sql)).rows,
    /** Everything of the shop but the shop. */
    empty: () =>
      database.query(
        '*',
        `TRUNCATE conversations.messages, conversations.conversations, conversations.contacts, conversations.contact_identities,
         conversations.message_external_ids, conversations.early, conversations.events, conversations.search_rows;
         UPDATE conversations.merchants SET next_event = 1`,
      ),
  };
}
export type TestStore = Awaited<ReturnType<typeof startStore>>;

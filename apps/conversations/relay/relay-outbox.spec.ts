import type { LogRecord } from '@parley/event-log';
import { storeInbound, Transactions } from '../store';
import { message, thread } from '../store/testing/fixtures';
import { startStore, type TestStore } from '../store/testing/store-database';
import { relayOutbox } from './relay-outbox';

let store: TestStore;
let transactions: Transactions;
beforeAll(async () => {
  store = await startStore();
  transactions = new Transactions(store.database, { mode: 'distributed', publicUrl: 'https://parley.example' });
}, 60_000);
afterAll(() => store?.stop());

const outbox = () => store.rows('SELECT * FROM conversations.outbox');

it('brings every event to the topic in its order, under the key of its conversation, and keeps them while it cannot', async () => {
  await Promise.all(
    ['ana', 'ben', 'eva'].map(async (buyer) => {
      for (let index = 0; index < 5; index++)
        await transactions.run('*', (tx) => storeInbound(tx, [message(buyer, `${buyer}-${index}`, 'text')]));
    }),
  );
  const down = { append: () => Promise.reject(new Error('no broker')) };
  await expect(relayOutbox(store.database, down)).rejects.toThrow('no broker');
  expect(await outbox()).toHaveLength(21);

  const appended: LogRecord[] = [];
  const log = { append: async (_topic: string, records: readonly LogRecord[]) => void appended.push(...records) };
  expect(await relayOutbox(store.database, log)).toBe(21);
  expect(await relayOutbox(store.database, log)).toBe(0);
  expect(await outbox()).toEqual([]);
  const events = (await store.events()).map((row) => row.event);
  expect(appended.map((record) => JSON.parse(Buffer.from(record.value).toString()))).toEqual(events);
  const received = appended.filter((record) =>
    JSON.parse(Buffer.from(record.value).toString()).type.includes('message.received'),
  );
  expect(new Set(received.map((record) => record.key))).toEqual(new Set([thread('ana'), thread('ben'), thread('eva')]));
});

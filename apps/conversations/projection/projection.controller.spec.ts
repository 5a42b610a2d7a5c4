import type { BatchContext, EntryBatch } from '@parley/event-log';
import type { EntryOf, Topic } from '@parley/model';
import { getMessage } from '../store';
import { idOf, message, SHOP } from '../store/testing/fixtures';
import { startStore, type TestStore } from '../store/testing/store-database';
import { ProjectionController } from './projection.controller';

let store: TestStore;
let projection: ProjectionController;
beforeAll(async () => {
  store = await startStore();
  projection = new ProjectionController(store.transactions);
}, 60_000);
afterAll(() => store?.stop());

const batchOf = <T extends Topic>(topic: T, entries: EntryOf<T>[]): EntryBatch<T> => ({
  topic,
  partition: 0,
  records: entries.map((entry, index) => ({ offset: BigInt(index), key: '', appendedAt: 0, headers: {}, entry })),
});
const context = (commitIn: BatchContext['commitIn']): BatchContext => ({
  signal: new AbortController().signal,
  progress: () => undefined,
  commitIn,
});

it('commits effect and progress together, or neither', async () => {
  const batch = batchOf('inbound.message', [message('ana', 'w1', 'hola')]);
  const fenced = projection.onInbound(
    batch,
    context(() => Promise.reject(new Error('another member has the partition'))),
  );
  await expect(fenced).rejects.toThrow('another member');
  expect(await store.read((client) => getMessage(client, SHOP, idOf('w1')))).toBeNull();
  expect(await store.events()).toEqual([]);

  await projection.onInbound(
    batch,
    context((query) =>
      query(`UPDATE conversations.merchants SET region = $1 WHERE id = $2`, ['progress', SHOP]).then(() => undefined),
    ),
  );
  expect(await store.read((client) => getMessage(client, SHOP, idOf('w1')))).not.toBeNull();
  expect(await store.rows('SELECT region FROM conversations.merchants')).toEqual([{ region: 'progress' }]);
});

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

/** In the place of the log's own statement, which is always the same one. */
const PROGRESS = 'UPDATE conversations.merchants SET region = $1 WHERE id = $2';

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
    context((query) => query(PROGRESS, ['progress', SHOP]).then(() => undefined)),
  );
  expect(await store.read((client) => getMessage(client, SHOP, idOf('w1')))).not.toBeNull();
  expect(await store.rows('SELECT region FROM conversations.merchants')).toEqual([{ region: 'progress' }]);
});

it('stores the batches of other partitions though one of those taken together fails', async () => {
  const done = context((query) => query(PROGRESS, ['progress', SHOP]).then(() => undefined));
  const poison = message('eva', 'poison', 'x');
  const taken = await Promise.allSettled([
    projection.onInbound(batchOf('inbound.message', [message('bea', 'good.1', 'uno')]), done),
    // Lost its partition.
    projection.onInbound(
      batchOf('inbound.message', [message('cid', 'fenced', 'dos')]),
      context(() => Promise.reject(new Error('another member has the partition'))),
    ),
    // Its merchant does not exist: there is no place for its events.
    projection.onInbound(batchOf('inbound.message', [{ ...poison, merchantId: 'mer_nobody' }]), done),
    projection.onInbound(batchOf('inbound.message', [message('dan', 'good.2', 'tres')]), done),
  ]);
  expect(taken.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  const stored = await Promise.all(
    ['good.1', 'fenced', 'poison', 'good.2'].map((id) => store.read((client) => getMessage(client, SHOP, idOf(id)))),
  );
  expect(stored.map((found) => found?.externalId ?? null)).toEqual(['good.1', null, null, 'good.2']);
});

import { eventTypes } from '@parley/model';
import { parseEventCursor, readEvents, storeInbound } from '.';
import { eventNotices } from './event-stream';
import { message, SHOP, thread } from './testing/fixtures';
import { startStore, type TestStore } from './testing/store-database';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
  await store.addShop('mer_other');
}, 60_000);
afterAll(() => store?.stop());
beforeEach(() => store.empty());

describe('the event stream', () => {
  it('has no gap and shows none to a reader, however many write at once', async () => {
    const seen: number[] = [];
    let writing = true;
    const reader = (async () => {
      while (writing) {
        const { rows } = await store.read((client) => readEvents(client, SHOP, { after: seen.at(-1) ?? 0, limit: 1000 }));
        seen.push(...rows.map((row) => row.position));
      }
    })();
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let batch = 0; batch < 6; batch++) {
          await store.write(async (tx) => {
            const entries = Array.from({ length: 5 }, (_, index) => message(`b${writer}`, `${writer}/${batch}/${index}`, 'text'));
            await storeInbound(tx, entries);
            if (batch % 2) await tx.client.query('SELECT pg_sleep(0.005)');
          });
        }
      }),
    );
    writing = false;
    await reader;
    const all = await store.events();
    expect(all).toHaveLength(8 * 6 * 5 + 8 * 2);
    expect(all.map((row) => row.position)).toEqual(all.map((_, index) => index + 1));
    expect(seen).toEqual(all.slice(0, seen.length).map((row) => row.position));
  });

  it('keeps nothing of a transaction that failed', async () => {
    const failed = store.write(async (tx) => {
      await storeInbound(tx, [message('ana', 'w1', 'one')]);
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    await store.write((tx) => storeInbound(tx, [message('ana', 'w1', 'one')]));
    expect((await store.events()).map((row) => row.position)).toEqual([1, 2, 3]);
  });

  it('gives each event as it is published, filtered, from a place or a time', async () => {
    await store.write((tx) => storeInbound(tx, [message('ana', 'w1', 'one'), message('ben', 'w2', 'two')]));
    const read = (query: Partial<Parameters<typeof readEvents>[2]>) =>
      store.read((client) => readEvents(client, SHOP, { limit: 10, ...query }));
    const { rows } = await read({ types: ['parley.message.received.v1'], conversationId: thread('ben') });
    expect(rows.map((row) => row.event.subject)).toEqual([thread('ben')]);
    expect(rows[0]?.event).toMatchObject({
      specversion: '1.0',
      source: `/merchants/${SHOP}/accounts/acc_shop`,
      dataschema: 'https://parley.example/schemas/parley.message.received.v1.json',
    });
    expect(eventTypes['parley.message.received.v1'].safeParse(rows[0]?.event.data).success).toBe(true);
    expect((await read({ after: 4 })).rows).toHaveLength(2);
    expect(await read({ after: 6 })).toEqual({ rows: [], scannedTo: 6 });
    expect((await read({ accountIds: ['acc_none'] })).rows).toEqual([]);
    expect((await read({ since: new Date(Date.now() - 60_000).toISOString() })).rows).toHaveLength(6);
    expect((await read({ since: new Date(Date.now() + 3_600_000).toISOString() })).rows).toHaveLength(0);
    expect([parseEventCursor('12'), parseEventCursor('-1'), parseEventCursor('a')]).toEqual([12, null, null]);
  });

  it('is told to listeners once per commit, after it', async () => {
    const told: string[] = [];
    const stop = await store.database.listen('parley_events', (payload) => told.push(payload));
    await store.write((tx) => storeInbound(tx, [message('ana', 'w1', 'one')]));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await stop();
    expect(told).toEqual([JSON.stringify([SHOP])]);
    expect(eventNotices(Array.from({ length: 600 }, (_, index) => `mer_${index}_${'x'.repeat(20)}`)).length).toBeGreaterThan(1);
  });
});

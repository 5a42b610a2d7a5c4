import type { House } from './house';
import type { Behind } from './metrics/backlog';
import { Readiness } from './readiness';

const house = (assigned = 4) =>
  ({
    database: { pool: { query: async () => ({}) } },
    eventLog: { health: () => ({ state: 'running', lastPollAt: 1, assigned, appending: 0 }) },
    stopping: new AbortController().signal,
  }) as unknown as House;
const behind = (topic: string, records: number, oldestMs: number | null): Behind => ({
  group: 'parley.normalize',
  topic,
  records,
  oldestMs,
});
const checksOf = async (look: () => Promise<Behind[]>) =>
  (await new Readiness(house(), { database: true, backlog: { look } as never }).check()).checks;

it.each([
  [[behind('inbound.raw', 0, null)], 'nothing waits'],
  [[behind('inbound.raw', 3, 900)], 'what waits is new'],
  [
    [behind('inbound.notice', 1, 11_000), behind('inbound.raw', 1_200, 75_400), behind('inbound.message', 0, null)],
    'parley.normalize is 1200 records behind on inbound.raw, for 75 s; parley.normalize is 1 records behind on inbound.notice, for 11 s',
  ],
])('says what waits and for how long: %#', async (all, message) => {
  const checks = await checksOf(async () => all);
  expect(checks['backlog']).toEqual({ ok: true, message });
  expect(checks['log']).toEqual({ ok: true, message: 'running, reads 4 partitions' });
});

it('does not wait for a log that does not answer', async () => {
  expect((await checksOf(() => new Promise(() => undefined)))['backlog']).toEqual({ ok: true, message: 'not known' });
});

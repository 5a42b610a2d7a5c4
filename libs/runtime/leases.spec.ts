import { once } from 'node:events';
import { startTestDatabase, type TestDatabase } from '../../test/support/postgres';
import { type Lease, PostgresLeases } from './leases';
import { createLogger } from './logger';

let test: TestDatabase;
let leases: PostgresLeases;
beforeAll(async () => {
  test = await startTestDatabase();
  leases = new PostgresLeases(test.database, createLogger({ name: 'test', level: 'silent' }));
}, 60_000);
afterAll(() => test?.stop());

async function acquired(name: string, ttlMs: number): Promise<Lease> {
  const lease = await leases.acquire(name, ttlMs);
  if (!lease) throw new Error('somebody else has the lease');
  return lease;
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a lease', () => {
  it('has one holder of many that ask at once, and the next gets a higher fence', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => leases.acquire('poll', 5_000)));
    const held = answers.filter((lease) => lease !== null);
    expect(held).toHaveLength(1);
    await held[0]?.release();
    expect(held[0]?.signal.aborted).toBe(true);
    const next = await acquired('poll', 5_000);
    expect(next.fence).toBe(2n);
    await next.release();
  });

  it('renews itself for as long as it is held', async () => {
    const lease = await acquired('renewed', 300);
    await pause(1_000);
    expect(lease.signal.aborted).toBe(false);
    expect(await leases.acquire('renewed', 300)).toBeNull();
    await lease.release();
  });

  it('is lost when another took it over, and its holder is told', async () => {
    const lease = await acquired('stolen', 300);
    await test.database.query('*', `UPDATE runtime.leases SET holder = 'another', fence = fence + 1 WHERE name = 'stolen'`);
    await once(lease.signal, 'abort');
    expect(await leases.acquire('stolen', 300)).toBeNull();
  });

  it('is lost no later than it runs out when the database does not answer', async () => {
    const lease = await acquired('stuck', 400);
    const lock = await test.database.pool.connect();
    await lock.query('BEGIN; LOCK TABLE runtime.leases IN ACCESS EXCLUSIVE MODE');
    const startedAt = performance.now();
    await once(lease.signal, 'abort');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    await lock.query('ROLLBACK');
    lock.release();
  });
});

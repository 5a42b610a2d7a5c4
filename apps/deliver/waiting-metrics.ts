import { Gauge, type Registry } from 'prom-client';
import type { Jobs } from './jobs';

/** Those with the longest waiting jobs; of more nobody could look at the curves. */
const ACCOUNTS_MAX = 50;
/** Both gauges are asked in one moment: one question does. */
const FRESH_MS = 3_000;

/** What waits to leave, asked when somebody looks. Every process that delivers tells the same. */
export function measureWaiting(registry: Registry, jobs: Pick<Jobs, 'waiting'>): void {
  let asked: { readonly at: number; readonly answer: ReturnType<Jobs['waiting']> } | undefined;
  const look = () => {
    // While the database is away there is nothing to tell; its own metrics say why.
    if (!asked || Date.now() - asked.at > FRESH_MS)
      asked = { at: Date.now(), answer: jobs.waiting(ACCOUNTS_MAX).catch(() => []) };
    return asked.answer;
  };
  new Gauge({
    name: 'parley_deliver_waiting_messages',
    help: `Messages waiting to be sent, of the ${ACCOUNTS_MAX} accounts that wait longest`,
    labelNames: ['account'],
    registers: [registry],
    async collect() {
      const waiting = await look();
      this.reset();
      for (const { accountId, jobs } of waiting) this.set({ account: accountId }, jobs);
    },
  });
  new Gauge({
    name: 'parley_deliver_overdue_seconds',
    help: 'How long the longest due message of an account waits to be sent',
    labelNames: ['account'],
    registers: [registry],
    async collect() {
      const waiting = await look();
      this.reset();
      for (const { accountId, overdueMs } of waiting) this.set({ account: accountId }, overdueMs / 1_000);
    },
  });
}

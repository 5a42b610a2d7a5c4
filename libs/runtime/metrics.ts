import type { EntryRecord, EventLog, HandlingHooks } from '@parley/event-log';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from './database/database';
import type { RequestCount } from './http/intake';
import type { Backlog } from './metrics/backlog';
import { QuickHistogram, type Series } from './metrics/quick-histogram';
import { type Step, type StepSignals, stepSignals } from './metrics/step-signals';

export function createMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Counts what the consumers of an app do. */
export function handlingMetrics(registry: Registry): (app: string) => HandlingHooks {
  const handled = new Counter({
    name: 'parley_log_handled_records_total',
    help: 'Records handled, dead-lettered ones included',
    labelNames: ['app', 'topic'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'parley_log_batch_duration_seconds',
    help: 'Time to handle a batch, retries included; the rate of its sum is how many handlers are busy',
    labelNames: ['app', 'topic'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    registers: [registry],
  });
  const latency = new QuickHistogram({
    name: 'parley_log_latency_seconds',
    help: 'From when the log took a record until it was handled',
    labelNames: ['app', 'topic'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800],
    registry,
  });
  const retried = new Counter({
    name: 'parley_log_retries_total',
    help: 'Handlings that failed and are tried again',
    labelNames: ['app', 'topic', 'transient'],
    registers: [registry],
  });
  const deadLettered = new Counter({
    name: 'parley_log_dead_letters_total',
    help: 'Records given up, by why',
    labelNames: ['app', 'topic', 'reason'],
    registers: [registry],
  });
  const signals = stepSignals(registry);
  return (app) => ({
    handled(topic, records, durationMs, understood) {
      handled.inc({ app, topic }, records);
      duration.observe({ app, topic }, durationMs / 1000);
      observe(signals, app as Step, understood, latency.labels(app, topic));
    },
    retried: (topic, transient) => retried.inc({ app, topic, transient: String(transient) }),
    deadLettered(topic, reason, accountId) {
      deadLettered.inc({ app, topic, reason });
      signals.failed(app as Step, accountId, `dead-letter-${reason}`);
    },
  });
}

/** Looked up once for each account of the batch, not for each record. */
function observe(signals: StepSignals, step: Step, understood: readonly EntryRecord<any>[], ofTopic: Series): void {
  const now = Date.now();
  const accounts = new Map<string, { items: number; readonly latency: Series }>();
  for (const { entry, appendedAt } of understood) {
    const accountId: string = entry.accountId ?? '';
    let account = accounts.get(accountId);
    if (!account) {
      account = { items: 0, latency: signals.latencyOf(step, accountId) };
      accounts.set(accountId, account);
    }
    const seconds = Math.max(0, now - appendedAt) / 1000;
    account.items += 1;
    account.latency.observe(seconds);
    ofTopic.observe(seconds);
  }
  for (const [accountId, { items }] of accounts) signals.handled(step, accountId, items);
}

/** How far each group of this process is behind, asked when somebody looks. */
export function measureBacklog(registry: Registry, backlog: Backlog): void {
  new Gauge({
    name: 'parley_log_lag_records',
    help: 'Records appended and not yet handled by the group',
    labelNames: ['group', 'topic'],
    registers: [registry],
    async collect() {
      const all = await backlog.look();
      this.reset();
      for (const { group, topic, records } of all) this.set({ group, topic }, records);
    },
  });
  new Gauge({
    name: 'parley_log_oldest_unhandled_seconds',
    help: 'How long the oldest record the group has not handled has waited; 0: there is none',
    labelNames: ['group', 'topic'],
    registers: [registry],
    async collect() {
      const all = await backlog.look();
      this.reset();
      for (const { group, topic, records, oldestMs } of all) {
        if (records === 0 || oldestMs !== null) this.set({ group, topic }, (oldestMs ?? 0) / 1000);
      }
    },
  });
}

/** What of the process can be full. */
export function measureSaturation(
  registry: Registry,
  { database, eventLog, requests }: { readonly database: Database; readonly eventLog: EventLog; readonly requests: RequestCount },
): void {
  const gauge = (name: string, help: string, value: () => number) => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  };
  const { pool } = database;
  gauge('parley_database_connections_max', 'Connections to PostgreSQL this process may have', () => pool.options.max ?? 0);
  gauge('parley_database_connections_busy', 'Connections in use', () => pool.totalCount - pool.idleCount);
  gauge('parley_database_connections_waited_for', 'Transactions that wait for a connection', () => pool.waitingCount);
  gauge('parley_log_append_waiting_records', 'Records handed to the log and not written yet', () => eventLog.health().appending);
  gauge('parley_log_partitions_assigned', 'Partitions this process reads, over all groups', () => eventLog.health().assigned);
  gauge('parley_log_running', '1 while the log works in this process, 0 while it rebalances, stops or is dead', () =>
    Number(eventLog.health().state === 'running'),
  );
  gauge('parley_http_requests_open', 'Requests being answered now', () => requests.open);
}

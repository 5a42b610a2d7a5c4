import type { EventLog, HandlingHooks } from '@parley/event-log';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const LAG_TIMEOUT_MS = 2_000;

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
    help: 'Time to handle a batch, retries included',
    labelNames: ['app', 'topic'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    registers: [registry],
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
  return (app) => ({
    handled(topic, records, durationMs) {
      handled.inc({ app, topic }, records);
      duration.observe({ app, topic }, durationMs / 1000);
    },
    retried: (topic, transient) => retried.inc({ app, topic, transient: String(transient) }),
    deadLettered: (topic, reason) => deadLettered.inc({ app, topic, reason }),
  });
}

/** How far each group of this process is behind, asked when somebody looks. */
export function measureLag(registry: Registry, log: EventLog, groups: readonly string[]): void {
  new Gauge({
    name: 'parley_log_lag_records',
    help: 'Records appended and not yet handled by the group',
    labelNames: ['group', 'topic'],
    registers: [registry],
    async collect() {
      const answers = await Promise.all(groups.map((group) => lagOf(log, group)));
      this.reset();
      for (const [i, topics] of answers.entries()) {
        for (const [topic, lag] of Object.entries(topics)) this.set({ group: groups[i] ?? '', topic }, lag);
      }
    },
  });
}

/** A log that is away has no lag to tell; the other metrics are wanted all the more then. */
async function lagOf(log: EventLog, group: string): Promise<Record<string, number>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Record<string, number>>((resolve) => {
    timer = setTimeout(() => resolve({}), LAG_TIMEOUT_MS);
  });
  const asked = log.lag(group).catch(() => ({}));
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}

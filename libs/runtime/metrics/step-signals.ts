import { Counter, Gauge, type Registry } from 'prom-client';
import { QuickHistogram, type Series } from './quick-histogram';

/** A step of a message's way. `send` is the request to the channel, which `deliver` makes. */
export type Step = 'ingest' | 'normalize' | 'translate' | 'conversations' | 'deliver' | 'send';

/** A process knows so many accounts by name; what others do is counted together, so that time series stay few. */
export const ACCOUNTS_MAX = 100;
const OTHERS = 'other';
const NOBODY = 'none';
/** Few, because there are as many series as accounts; the steps' own histograms are finer. */
const BUCKETS = [0.05, 0.25, 1, 5, 30, 300];

/** Traffic, latency and errors by step and account. What is full is told elsewhere: accounts share it. */
export class StepSignals {
  private readonly names = new Set<string>();
  private readonly records: Counter;
  private readonly errors: Counter;
  private readonly latency: QuickHistogram<'step' | 'account'>;

  constructor(registry: Registry) {
    this.records = new Counter({
      name: 'parley_step_items_total',
      help: 'Items a step handled, by account',
      labelNames: ['step', 'account'],
      registers: [registry],
    });
    this.errors = new Counter({
      name: 'parley_step_errors_total',
      help: 'What did not end well in a step, by account and kind',
      labelNames: ['step', 'account', 'kind'],
      registers: [registry],
    });
    this.latency = new QuickHistogram({
      name: 'parley_step_latency_seconds',
      help: 'From when the log (or, for ingest and send, the process) had an item until the step was done with it, by account',
      labelNames: ['step', 'account'],
      buckets: BUCKETS,
      registry,
    });
    const { names } = this;
    new Gauge({
      name: 'parley_step_accounts_named',
      help: `Accounts this process counts by name; from ${ACCOUNTS_MAX} on the rest is "${OTHERS}"`,
      registers: [registry],
      collect() {
        this.set(names.size);
      },
    });
  }

  handled(step: Step, accountId: string | null | undefined, items: number): void {
    this.records.inc({ step, account: this.nameOf(accountId) }, items);
  }

  failed(step: Step, accountId: string | null | undefined, kind: string): void {
    this.errors.inc({ step, account: this.nameOf(accountId), kind });
  }

  took(step: Step, accountId: string | null | undefined, seconds: number): void {
    this.latencyOf(step, accountId).observe(seconds);
  }

  /** To be kept while a batch is gone through. */
  latencyOf(step: Step, accountId: string | null | undefined): Series {
    return this.latency.labels(step, this.nameOf(accountId));
  }

  private nameOf(accountId: string | null | undefined): string {
    if (!accountId) return NOBODY;
    if (this.names.has(accountId)) return accountId;
    if (this.names.size >= ACCOUNTS_MAX) return OTHERS;
    this.names.add(accountId);
    return accountId;
  }
}

const known = new WeakMap<Registry, StepSignals>();

/** Those of this process. */
export function stepSignals(registry: Registry): StepSignals {
  let signals = known.get(registry);
  if (!signals) {
    signals = new StepSignals(registry);
    known.set(registry, signals);
  }
  return signals;
}

import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { DeliveryError } from '@parley/model';
import { type Account, type House, type Logger, stepSignals } from '@parley/runtime';
import { Counter, Histogram } from 'prom-client';
import { AccountWorker, type WorkerDeps } from './account-worker';
import type { Channels } from './channels';
import { Jobs } from './jobs';
import { Ledger } from './ledger';
import { Reports } from './reports';
import { measureWaiting } from './waiting-metrics';

export interface DispatcherOptions {
  /** How long others wait when this process dies. */
  readonly leaseMs?: number;
  /** How often is looked for work that nobody told of. */
  readonly scanMs?: number;
  /** For requests under way, when the process stops. */
  readonly drainMs?: number;
  readonly lookAfterMs?: number;
  readonly idleMs?: number;
}

const CHANNEL = 'parley_deliver';
const LEASE_MS = 15_000;
const SCAN_MS = 30_000;
const DRAIN_MS = 3_000;
/** Somebody else sends for the account and was told; should they be gone, this comes back. */
const TAKEN_MS = 5_000;
const GONE: DeliveryError = {
  code: 'account-gone',
  message: 'The account this message was to leave by is gone',
  retryable: false,
};

/** Has an `AccountWorker` work for each account with something to send that no other process sends for. */
export class Dispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly jobs: Jobs;
  private readonly ledger: Ledger;
  private readonly reports: Reports;
  private readonly log: Logger;
  private readonly workers = new Map<string, AccountWorker>();
  private readonly runs = new Set<Promise<void>>();
  private readonly beginning = new Map<string, Promise<void>>();
  private readonly later = new Map<string, NodeJS.Timeout>();
  private readonly endListening: (() => unknown)[] = [];
  private readonly onRequest: NonNullable<WorkerDeps['onRequest']>;
  private scanner: NodeJS.Timeout | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly house: House,
    private readonly channels: Channels,
    private readonly options: DispatcherOptions = {},
  ) {
    this.jobs = new Jobs(house.database);
    this.ledger = new Ledger(house.database);
    this.reports = new Reports(house.eventLog);
    this.log = house.log.child({ app: 'deliver' });
    this.onRequest = measure(house);
    measureWaiting(house.metrics, this.jobs);
  }

  async onApplicationBootstrap(): Promise<void> {
    this.endListening.push(this.house.accounts.onChange((accountId) => this.inBackground(accountId, this.onAccount(accountId))));
    this.endListening.push(await this.house.database.listen(CHANNEL, (payload) => this.onNotified(payload)));
    this.house.stopping.addEventListener('abort', () => void this.stop(), { once: true });
    void this.scan();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  /** Begins nothing new, waits for what is under way, gives the accounts back. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private get stopped(): boolean {
    return this.stopping !== undefined;
  }

  private async end(): Promise<void> {
    clearTimeout(this.scanner);
    for (const timer of this.later.values()) clearTimeout(timer);
    await Promise.allSettled(this.endListening.splice(0).map((end) => end()));
    await Promise.allSettled(this.beginning.values());
    await Promise.all([...this.workers.values()].map((worker) => worker.stop(this.options.drainMs ?? DRAIN_MS)));
    await Promise.allSettled(this.runs);
  }

  /** New jobs were committed for these accounts. */
  wake(accountIds: Iterable<string>): void {
    for (const accountId of new Set(accountIds)) {
      const worker = this.workers.get(accountId);
      if (worker) worker.wake();
      else this.inBackground(accountId, this.ensureWorker(accountId, true));
    }
  }

  /** Only who sends for the account is meant; an empty payload: there may be work for any. */
  private onNotified(accountId: string): void {
    if (accountId) this.workers.get(accountId)?.wake();
    else void this.scan();
  }

  private async onAccount(accountId: string): Promise<void> {
    const account = await this.house.accounts.get(accountId);
    if (account) await this.ledger.resume(account);
    const worker = this.workers.get(accountId);
    if (!worker) return this.lookAgain(accountId, true);
    if (account?.state === 'active') worker.changed(account);
    else await worker.stop(this.options.drainMs ?? DRAIN_MS);
  }

  private async scan(): Promise<void> {
    clearTimeout(this.scanner);
    if (this.stopped) return;
    try {
      for (const accountId of await this.jobs.accountsWithWork()) {
        if (!this.workers.has(accountId)) this.inBackground(accountId, this.ensureWorker(accountId, false));
      }
    } catch (err) {
      this.log.warn({ err }, 'Could not look for messages to send');
    }
    if (this.stopped) return;
    clearTimeout(this.scanner);
    this.scanner = setTimeout(() => void this.scan(), this.options.scanMs ?? SCAN_MS);
    this.scanner.unref();
  }

  private ensureWorker(accountId: string, tellOthers: boolean): Promise<void> {
    const known = this.beginning.get(accountId);
    if (known) return known;
    const beginning = this.beginWorker(accountId, tellOthers).finally(() => this.beginning.delete(accountId));
    this.beginning.set(accountId, beginning);
    return beginning;
  }

  private async beginWorker(accountId: string, tellOthers: boolean): Promise<void> {
    if (this.stopped || this.workers.has(accountId)) return this.workers.get(accountId)?.wake();
    const account = await this.house.accounts.get(accountId);
    if (!account) return this.endAllOf(accountId);
    if (account.state !== 'active') return;
    const connector = this.channels.connectorFor(account.channel);
    if (!connector) return this.log.error({ accountId, channel: account.channel }, 'There is no connector for this channel');
    if (!this.canWork(account)) return;
    const lease = await this.house.leases.acquire(`deliver/${accountId}`, this.options.leaseMs ?? LEASE_MS);
    if (!lease) {
      if (tellOthers) await this.house.database.notify(CHANNEL, accountId);
      return this.comeBack(accountId, TAKEN_MS, tellOthers);
    }
    if (this.stopped) return lease.release();
    const { jobs, ledger, reports, log, channels, onRequest } = this;
    const { lookAfterMs, idleMs } = this.options;
    const worker = new AccountWorker(account, lease, {
      connector,
      channels,
      jobs,
      ledger,
      reports,
      log,
      onRequest,
      lookAfterMs,
      idleMs,
    });
    this.workers.set(accountId, worker);
    const run = this.runWorker(accountId, worker, () => lease.release()).finally(() => this.runs.delete(run));
    this.runs.add(run);
  }

  /** Settings that were valid once may be so no longer: what is to leave waits until a person mends them. */
  private canWork(account: Account): boolean {
    try {
      return Boolean(this.channels.contextFor(account, this.house.stopping).account);
    } catch (err) {
      this.log.error({ err, accountId: account.id }, 'An account cannot send as it is set up');
      return false;
    }
  }

  private async runWorker(accountId: string, worker: AccountWorker, release: () => Promise<void>): Promise<void> {
    await worker.run();
    await release().catch((err) => this.log.warn({ err, accountId }, 'A lease was not given back; it runs out'));
    this.workers.delete(accountId);
    if (this.stopped) return;
    // What came while the worker was leaving, or what it broke off at.
    this.comeBack(accountId, 1_000, false);
  }

  /** Looks once more whether somebody sends for the account, if there is something to send. */
  private comeBack(accountId: string, ms: number, always: boolean): void {
    if (this.stopped || this.later.has(accountId)) return;
    const timer = setTimeout(() => {
      this.later.delete(accountId);
      this.inBackground(accountId, this.lookAgain(accountId, always));
    }, ms);
    timer.unref();
    this.later.set(accountId, timer);
  }

  private async lookAgain(accountId: string, always: boolean): Promise<void> {
    const [head] = await this.jobs.heads(accountId, [], 1);
    if (head && (always || head.dueInMs <= SCAN_MS)) await this.ensureWorker(accountId, false);
  }

  /** Nothing can ever leave by it. */
  private async endAllOf(accountId: string): Promise<void> {
    await this.jobs.endAllOf(accountId, GONE);
    for (;;) {
      const ended = await this.jobs.unreported(accountId, 200);
      if (ended.length === 0) return;
      await this.reports.ended(ended);
      await this.jobs.markReported(ended);
    }
  }

  private inBackground(accountId: string, work: Promise<void>): void {
    work.catch((err) => {
      this.log.warn({ err, accountId }, 'Sending for an account could not begin; it is tried again');
      this.comeBack(accountId, TAKEN_MS, true);
    });
  }
}

function measure(house: House): NonNullable<WorkerDeps['onRequest']> {
  const requests = new Counter({
    name: 'parley_deliver_requests_total',
    help: 'Requests to channels, by how they ended',
    labelNames: ['channel', 'end'],
    registers: [house.metrics],
  });
  const duration = new Histogram({
    name: 'parley_deliver_request_seconds',
    help: 'Time a channel took to answer a request',
    labelNames: ['channel'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [house.metrics],
  });
  const signals = stepSignals(house.metrics);
  return (channel, accountId, end, durationMs) => {
    requests.inc({ channel, end });
    duration.observe({ channel }, durationMs / 1_000);
    signals.handled('send', accountId, 1);
    signals.took('send', accountId, durationMs / 1_000);
    if (end !== 'sent') signals.failed('send', accountId, end);
  };
}

import { setTimeout as pause } from 'node:timers/promises';
import type { Connector } from '@parley/connector';
import { FencedError, inTrace } from '@parley/event-log';
import type { DeliveryError } from '@parley/model';
import type { Account, Lease, Logger } from '@parley/runtime';
import { AccountGate } from './account-gate';
import type { Channels } from './channels';
import { JobRun, type RequestEnd } from './job-run';
import type { EndedJob, JobHead, JobKey, Jobs } from './jobs';
import type { Ledger } from './ledger';
import { keyOf, type Reports } from './reports';

/** Conversations of one account that are sent in at once. */
const CONVERSATIONS_MAX = 16;
const HEADS_MAX = 64;
/** How long the lease is kept after the last job, because the next one often comes soon. */
const IDLE_MS = 30_000;
const AFTER_ERROR_MS = 2_000;
/** So that a job which comes again at once cannot spin. */
const BREATH_MS = 50;
const MARK_MS = 250;

export interface WorkerDeps {
  readonly connector: Connector;
  readonly channels: Channels;
  readonly jobs: Jobs;
  readonly ledger: Ledger;
  readonly reports: Reports;
  readonly log: Logger;
  readonly lookAfterMs?: number;
  readonly idleMs?: number;
  onRequest?(channel: string, accountId: string, end: RequestEnd, durationMs: number): void;
}

/**
 * Sends for one account for as long as it holds the account's lease and there is something to send: conversations side
 * by side, the messages of each in order.
 */
export class AccountWorker {
  private readonly ending = new AbortController();
  private readonly givingUp = new AbortController();
  private readonly gate: AccountGate;
  private readonly running = new Map<string, Promise<void>>();
  private readonly toMark: JobKey[] = [];
  private ready: JobHead[] = [];
  private woken = true;
  /** When the log is to be told again how messages ended; null: it knows. */
  private tellAgainAt: number | null = null;
  private wakeUp: (() => void) | undefined;

  constructor(
    private account: Account,
    private readonly lease: Lease,
    private readonly deps: WorkerDeps,
  ) {
    lease.signal.addEventListener('abort', () => this.end(), { once: true });
    this.gate = new AccountGate({ rate: deps.connector.capabilities.rate, signal: this.ending.signal });
  }

  /** Resolves when there is nothing left to do, or the lease is lost, or `stop` was called. Never rejects. */
  async run(): Promise<void> {
    try {
      this.gate.pause(await this.deps.ledger.takeOver(this.account, this.lease.fence));
      await this.reportUnreported();
      await this.work();
    } catch (err) {
      this.deps.log.warn({ err, accountId: this.account.id }, 'Sending for an account broke off; it is taken up again');
    }
    this.end();
    await Promise.all(this.running.values());
    await this.markReported().catch((err) =>
      this.deps.log.warn({ err, accountId: this.account.id }, 'Ended messages are told once more later'),
    );
  }

  /** There may be something new. */
  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  /** A person changed the account: what kept it from sending may be mended. */
  changed(account: Account): void {
    this.account = account;
    this.gate.resume();
    this.wake();
  }

  /** Begins nothing new. Requests under way are given up at the deadline; it is not known then whether they arrived. */
  async stop(deadlineMs: number): Promise<void> {
    this.end();
    const late = pause(deadlineMs, undefined, { ref: false }).then(() => this.givingUp.abort());
    await Promise.race([Promise.all(this.running.values()), late]);
  }

  private end(): void {
    this.ending.abort();
    this.wake();
  }

  private async work(): Promise<void> {
    let idleSince = performance.now();
    const idleMs = this.deps.idleMs ?? IDLE_MS;
    while (!this.ending.signal.aborted) {
      this.woken = false;
      if (this.tellAgainAt !== null && this.tellAgainAt <= performance.now()) await this.tellAgain();
      const nextDueMs = await this.startReady();
      if (this.running.size > 0 || nextDueMs !== null || this.tellAgainAt !== null) idleSince = performance.now();
      const leftMs = idleSince + idleMs - performance.now();
      if (leftMs <= 0) return;
      await this.wokenOr(Math.min(nextDueMs ?? leftMs, idleMs));
    }
  }

  /** @returns when the next job is due; null when none waits. */
  private async startReady(): Promise<number | null> {
    let nextDueMs: number | null = null;
    if (this.ready.length === 0 && this.running.size < CONVERSATIONS_MAX) {
      const heads = await this.deps.jobs.heads(this.account.id, [...this.running.keys()], HEADS_MAX);
      this.ready = heads.filter((head) => head.dueInMs <= 0);
      nextDueMs = heads.find((head) => head.dueInMs > 0)?.dueInMs ?? null;
    }
    while (this.ready.length > 0 && this.running.size < CONVERSATIONS_MAX) {
      const head = this.ready.shift();
      if (head && !this.running.has(head.conversationId)) this.start(head);
    }
    return nextDueMs;
  }

  private start(head: JobHead): void {
    const run = this.runJob(head)
      .catch(async (err) => {
        this.deps.log.error({ err, accountId: this.account.id, messageId: head.messageId }, 'Sending a message broke off');
        if (err instanceof FencedError) this.end();
        await pause(AFTER_ERROR_MS, undefined, { signal: this.ending.signal, ref: false }).catch(() => undefined);
      })
      .finally(() => {
        this.running.delete(head.conversationId);
        this.wake();
      });
    this.running.set(head.conversationId, run);
  }

  private async runJob(head: JobHead): Promise<void> {
    const job = await this.deps.jobs.read(head);
    if (!job) return;
    const { connector, channels, jobs, ledger, reports, log, lookAfterMs } = this.deps;
    const run = new JobRun(job, {
      fence: this.lease.fence,
      connector,
      channels,
      jobs,
      ledger,
      reports,
      log,
      lookAfterMs,
      gate: this.gate,
      account: () => this.account,
      signal: this.givingUp.signal,
      pauseAccount: (ms, error) => this.pauseAccount(ms, error),
      onRequest: (end, durationMs) => this.deps.onRequest?.(job.channel, job.accountId, end, durationMs),
    });
    const end = await inTrace(job.trace, async () => {
      const end = await run.run();
      if (end.kind === 'ended') await this.report([end.job]);
      return end;
    });
    if (end.kind === 'waits') await pause(BREATH_MS, undefined, { ref: false });
  }

  private async pauseAccount(ms: number, error: DeliveryError): Promise<void> {
    this.gate.pause(ms);
    await this.deps.ledger.pause(this.account, ms, error);
  }

  private async report(jobs: readonly EndedJob[]): Promise<void> {
    try {
      await this.deps.reports.ended(jobs);
    } catch (err) {
      this.toldNot(err);
      return;
    }
    if (this.toMark.length === 0) {
      setTimeout(() => void this.markReported().catch(() => undefined), MARK_MS).unref();
    }
    this.toMark.push(...jobs.map(keyOf));
  }

  private toldNot(err: unknown): void {
    this.deps.log.warn({ err, accountId: this.account.id }, 'The log was not told how messages ended; it is told again');
    this.tellAgainAt = performance.now() + AFTER_ERROR_MS;
    setTimeout(() => this.wake(), AFTER_ERROR_MS + 1).unref();
  }

  private async tellAgain(): Promise<void> {
    this.tellAgainAt = null;
    try {
      await this.reportUnreported();
    } catch (err) {
      this.toldNot(err);
    }
  }

  /** Ends that an earlier owner may not have told. */
  private async reportUnreported(): Promise<void> {
    for (;;) {
      const jobs = await this.deps.jobs.unreported(this.account.id, 200);
      if (jobs.length === 0) return;
      await this.deps.reports.ended(jobs);
      await this.deps.jobs.markReported(jobs);
    }
  }

  private async markReported(): Promise<void> {
    const keys = this.toMark.splice(0);
    if (keys.length > 0) await this.deps.jobs.markReported(keys);
  }

  private async wokenOr(ms: number): Promise<void> {
    if (this.woken) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = undefined;
  }
}

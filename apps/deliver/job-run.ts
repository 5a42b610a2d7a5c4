import { ChannelError, type Connector, type SendContext, type SendResult } from '@parley/connector';
import type { DeliveryError } from '@parley/model';
import { type Account, inSpan, type Logger, SpanKind } from '@parley/runtime';
import type { AccountGate } from './account-gate';
import type { Channels } from './channels';
import { type Circumstances, type Decision, decide, decideOnLook } from './decide';
import { allIdsOf, type EndedJob, type Job, type Jobs, type Outcome } from './jobs';
import type { Ledger, LedgerRequest, Plan, Settlement } from './ledger';
import { planFor } from './plan';
import type { Reports } from './reports';
import { doubtOf, faultOf, interrupted, withinTime } from './send-faults';

/** Between writing down and sending lies no time. When it does, the process was frozen: others may have taken over. */
const START_MS_MAX = 3_000;

/** What the sending of one account's jobs has in common. */
export interface JobRunDeps {
  readonly fence: bigint;
  readonly connector: Connector;
  readonly channels: Channels;
  readonly jobs: Jobs;
  readonly ledger: Ledger;
  readonly reports: Reports;
  readonly gate: AccountGate;
  readonly log: Logger;
  /** As it is now: settings may be mended while a job waits. */
  account(): Account;
  /** Aborted when requests under way are given up. */
  readonly signal: AbortSignal;
  /** Nothing of the account leaves for so long. */
  pauseAccount(ms: number, error: DeliveryError): Promise<void>;
  /** For metrics. */
  onRequest?(end: RequestEnd, durationMs: number): void;
  readonly lookAfterMs?: number;
}

export type RequestEnd = 'sent' | ChannelError['fault'];

/** The job ended; it waits (until it is due again, or for somebody else); nothing may leave any more. */
export type RunEnd =
  | { readonly kind: 'ended'; readonly job: EndedJob }
  | { readonly kind: 'waits' }
  | { readonly kind: 'stopped' };

const WAITS: RunEnd = { kind: 'waits' };
const STOPPED: RunEnd = { kind: 'stopped' };

/** Brings one job as far as it goes now: request by request, each written down before it is sent. */
export class JobRun {
  private readonly earlier: SendResult[] = [];
  /** Written with the first request that is begun. */
  private unwritten: Plan | null = null;
  private told: Promise<void> | undefined;

  constructor(
    private readonly job: Job,
    private readonly deps: JobRunDeps,
  ) {}

  async run(): Promise<RunEnd> {
    let requests = await this.deps.ledger.requestsOf(this.job);
    if (requests.length === 0) {
      try {
        this.unwritten = await this.plan();
      } catch (error) {
        return this.failUnsent(error);
      }
      requests = this.unwritten.requests.map(plannedRequest);
    }
    const end = await this.goThrough(requests);
    // The log is told in order: that it began, then how it ended.
    await this.told?.catch(() => undefined);
    return end;
  }

  private async goThrough(requests: readonly LedgerRequest[]): Promise<RunEnd> {
    for (const request of requests) {
      const end = await this.goOn(request, request.index === requests.length - 1);
      if (end) return end;
    }
    return this.endJob('sent', null);
  }

  private async plan(): Promise<Plan> {
    const { job, deps } = this;
    const before = await deps.ledger.requestsBefore(job);
    const { account } = deps.channels.contextFor(deps.account(), deps.signal);
    try {
      return planFor(job.entry, deps.connector, account, before);
    } catch (cause) {
      if (cause instanceof ChannelError) throw cause;
      deps.log.error({ err: cause, ...this.about() }, 'A message could not be rendered');
      throw new ChannelError('rejected', 'The message could not be put into the form of the channel', {
        code: 'render-failed',
        cause,
      });
    }
  }

  private failUnsent(error: unknown): Promise<RunEnd> {
    if (!(error instanceof ChannelError)) throw error;
    return this.endJob('failed', { code: error.code, message: error.message, retryable: false });
  }

  private async endJob(outcome: Outcome, error: DeliveryError | null): Promise<RunEnd> {
    const at = await this.deps.jobs.end(this.job, outcome, error);
    return at ? this.ended(outcome, at, error) : WAITS;
  }

  /** Undefined: this request is done, the next one may go. */
  private async goOn(request: LedgerRequest, isLast: boolean): Promise<RunEnd | undefined> {
    switch (request.state) {
      case 'sent':
        if (request.result) this.earlier.push(request.result);
        return undefined;
      case 'pending':
        return this.send(request, isLast);
      case 'sending':
        return this.settleBy(request, request.begun, decide(interrupted(), this.circumstances(request)));
      case 'uncertain':
        return this.look(request, isLast);
      case 'failed':
        return this.endJob('failed', request.error);
    }
  }

  private async send(request: LedgerRequest, isLast: boolean): Promise<RunEnd | undefined> {
    const { job, deps } = this;
    if (!(await deps.gate.enter())) return STOPPED;
    try {
      const startedAt = performance.now();
      const begun = await deps.ledger.begin(job, job.accountId, deps.fence, request.index, this.unwritten);
      if (begun === null) return WAITS;
      this.unwritten = null;
      if (performance.now() - startedAt > START_MS_MAX)
        return await this.settle(request, begun, { state: 'pending', job: { dueInMs: 0 } });
      this.tellSending();
      let result: SendResult;
      try {
        result = await inSpan(`send ${job.channel}`, this.spanOf(request), async (span) => {
          const sent = await this.callSend(request.request);
          span?.setAttribute('parley.external_id', sent.externalId);
          return sent;
        });
      } catch (error) {
        const fault = faultOf(error);
        if (fault.fault === 'unavailable' || fault.fault === 'uncertain') deps.gate.unanswered();
        else deps.gate.answered();
        deps.onRequest?.(fault.fault, performance.now() - startedAt);
        deps.log.warn({ err: fault, ...this.about(), index: request.index, fault: fault.fault }, 'A request did not end well');
        return await this.settleBy(request, begun, decide(fault, this.circumstances(request)));
      }
      deps.gate.answered();
      deps.onRequest?.('sent', performance.now() - startedAt);
      return await this.settleSent(request, begun, result, isLast);
    } finally {
      deps.gate.leave();
    }
  }

  private async callSend(request: unknown): Promise<SendResult> {
    const result = await withinTime(this.deps.signal, (signal) => this.deps.connector.send(request, this.context(signal)));
    if (typeof result?.externalId === 'string' && result.externalId !== '') return result;
    throw new ChannelError('uncertain', 'The channel gave no id for what was sent', { code: 'no-id' });
  }

  /** After doubt: did it arrive? */
  private async look(request: LedgerRequest, isLast: boolean): Promise<RunEnd | undefined> {
    const { deps } = this;
    const doubt = doubtOf(request);
    const reconcile = deps.connector.reconcile?.bind(deps.connector);
    if (!reconcile) return this.settleBy(request, request.begun, decide(doubt, this.circumstances(request)));
    if (!(await deps.gate.enter())) return STOPPED;
    try {
      const answer = await withinTime(deps.signal, (signal) => reconcile(request.request, this.context(signal)));
      deps.gate.answered();
      if (typeof answer === 'object') return await this.settleSent(request, request.begun, answer.found, isLast);
      if (answer === 'absent') return await this.settle(request, request.begun, { state: 'pending', job: { dueInMs: 0 } });
      const looked = { ...this.circumstances(request), looks: request.looks + 1 };
      return await this.settleBy(request, request.begun, decide(doubt, looked), { looks: 1 });
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      return await this.settleBy(request, request.begun, decideOnLook(error, this.circumstances(request)));
    } finally {
      deps.gate.leave();
    }
  }

  private async settleSent(
    request: LedgerRequest,
    begun: number,
    result: SendResult,
    isLast: boolean,
  ): Promise<RunEnd | undefined> {
    if (result.state === 'failed') {
      const error = result.error ?? { code: 'refused', message: 'The channel refused the message', retryable: false };
      this.earlier.push(result);
      return this.settle(request, begun, { state: 'failed', result, error, job: { outcome: 'failed' } });
    }
    const job = isLast ? { outcome: 'sent' as const } : undefined;
    this.earlier.push(result);
    const end = await this.settle(request, begun, { state: 'sent', result, ...(job ? { job } : {}) });
    await this.deps.reports
      .receipts(this.job, [result])
      .catch((err) => this.deps.log.warn({ err, ...this.about() }, 'The log was not told what the channel said at once'));
    return end;
  }

  private async settleBy(
    request: LedgerRequest,
    begun: number,
    decision: Decision,
    counts: { readonly looks?: number } = {},
  ): Promise<RunEnd | undefined> {
    const { error } = decision;
    switch (decision.kind) {
      case 'end': {
        const state = decision.outcome === 'failed' ? 'failed' : 'uncertain';
        return this.settle(request, begun, { ...counts, state, error, job: { outcome: decision.outcome } });
      }
      case 'look': {
        const dueInMs = this.deps.lookAfterMs ?? decision.afterMs;
        return this.settle(request, begun, { ...counts, state: 'uncertain', error, job: { dueInMs } });
      }
      case 'again': {
        if (decision.pauseAccount) await this.deps.pauseAccount(decision.afterMs, error);
        const job = { dueInMs: decision.afterMs };
        return this.settle(request, begun, { ...counts, state: 'pending', error, tries: decision.counts ? 1 : 0, job });
      }
    }
  }

  private async settle(request: LedgerRequest, begun: number, settlement: Settlement): Promise<RunEnd | undefined> {
    const at = await this.deps.ledger.settle(this.job, request.index, begun, settlement);
    if (!at) {
      this.deps.log.warn({ ...this.about(), index: request.index }, 'Somebody else wrote down how this request ended');
      return WAITS;
    }
    if (!settlement.job) return undefined;
    if ('dueInMs' in settlement.job) return WAITS;
    return this.ended(settlement.job.outcome, at, settlement.error ?? null);
  }

  private ended(outcome: Outcome, at: Date, error: DeliveryError | null): RunEnd {
    const { merchantId, messageId, attempt, accountId, conversationId, channel } = this.job;
    const externalIds = this.earlier.flatMap(allIdsOf);
    const place = { merchantId, messageId, attempt, accountId, conversationId, channel };
    return { kind: 'ended', job: { ...place, outcome, error, externalIds, at: at.toISOString() } };
  }

  /** The send does not wait for it. */
  private tellSending(): void {
    this.told ??= this.deps.reports.sending(this.job);
    this.told.catch((err) => this.deps.log.warn({ err, ...this.about() }, 'The log was not told that a message is being sent'));
  }

  private context(signal: AbortSignal): SendContext<any> {
    const { job, deps } = this;
    return {
      ...deps.channels.contextFor(deps.account(), signal),
      messageId: job.messageId,
      openMedia: deps.channels.openMediaFor(job.merchantId),
      earlier: [...this.earlier],
    };
  }

  private circumstances(request: LedgerRequest): Circumstances {
    const { connector } = this.deps;
    return {
      tries: request.tries,
      looks: request.looks,
      ageMs: Date.now() - Date.parse(this.job.entry.acceptedAt),
      idempotent: connector.capabilities.idempotentSend,
      canReconcile: connector.reconcile !== undefined,
      random: Math.random(),
    };
  }

  private spanOf({ index, tries }: LedgerRequest) {
    const { merchantId, accountId, channel, conversationId, messageId, attempt } = this.job;
    return {
      kind: SpanKind.CLIENT,
      attributes: {
        'parley.merchant_id': merchantId,
        'parley.account_id': accountId,
        'parley.channel': channel,
        'parley.conversation_id': conversationId,
        'parley.message_id': messageId,
        'parley.attempt': attempt,
        'parley.request': index,
        'parley.tries': tries,
      },
    };
  }

  private about() {
    const { messageId, attempt, accountId, channel } = this.job;
    return { messageId, attempt, accountId, channel };
  }
}

const plannedRequest = ({ request, carried }: Plan['requests'][number], index: number): LedgerRequest => ({
  index,
  request,
  state: carried ? 'sent' : 'pending',
  result: carried,
  error: null,
  begun: 0,
  tries: 0,
  looks: 0,
});

import { ChannelError, type WebhookReceiver } from '@parley/connector';
import { appendEntries, inTrace } from '@parley/event-log';
import { type DeadLetter, deadLetterId, encodeEntry, type NoticeEntry } from '@parley/model';
import { type Account, type House, isTransient, type Logger } from '@parley/runtime';
import type { Channels } from './channels';
import type { Health } from './health';
import type { Intake } from './intake';
import type { Notices, WaitingNotice } from './notices';
import { restMs } from './reading-faults';
import type { Waker } from './waker';

const AT_A_TIME = 20;
const READ_MS_MAX = 30_000;
/** A fault of the connector's own: some tries, in case it was chance. */
const TRIES_MAX = 5;
/** Channels keep what they told of for about as long. */
const AGE_MS_MAX = 3 * 24 * 3_600_000;
const LOOK_AGAIN_MS = 60_000;

export interface NoticeReadingDeps {
  readonly house: House;
  readonly channels: Channels;
  readonly intake: Intake;
  readonly notices: Notices;
  readonly health: Health;
  readonly log: Logger;
}

/**
 * Reads what the notices of one account point to, oldest first. One that fails waits and lets the others pass; when
 * several fail in a row the channel is left alone for a while.
 */
export class NoticeReading {
  private failures = 0;

  constructor(
    private readonly account: Account,
    private readonly receiver: WebhookReceiver<any>,
    private readonly deps: NoticeReadingDeps,
  ) {}

  /** Until the signal is aborted. */
  async run(signal: AbortSignal, waker: Waker): Promise<void> {
    while (!signal.aborted) {
      const waiting = await this.deps.notices.next(this.account.id, AT_A_TIME);
      const due = waiting.filter((notice) => notice.dueInMs <= 0);
      for (const notice of due) {
        if (signal.aborted) return;
        const pauseMs = await inTrace(notice.trace, () => this.read(notice, signal));
        if (pauseMs > 0) await waker.pause(pauseMs, signal);
      }
      if (due.length === 0) await waker.wokenOr(Math.min(waiting[0]?.dueInMs ?? LOOK_AGAIN_MS, LOOK_AGAIN_MS), signal);
    }
  }

  /** @returns how long to leave the channel alone. */
  private async read(notice: WaitingNotice, signal: AbortSignal): Promise<number> {
    const { entry } = notice;
    const { notices, intake, health } = this.deps;
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(READ_MS_MAX)]);
      const context = this.deps.channels.contextFor(this.account, limited);
      const items = (await this.receiver.read?.({ dedupeKey: entry.id, data: entry.data }, context)) ?? [];
      await intake.append(this.account, items, 'notice');
      await notices.remove(entry);
      this.failures = 0;
      health.report(this.account, 'notices', 'healthy');
      return 0;
    } catch (error) {
      if (signal.aborted) return 0;
      if (!(error instanceof ChannelError) && isTransient(error)) throw error;
      return this.onFault(notice, error);
    }
  }

  private async onFault({ entry, tries }: WaitingNotice, error: unknown): Promise<number> {
    const { notices, health, log } = this.deps;
    log.warn({ err: error, accountId: this.account.id, noticeId: entry.id, tries }, 'A notice could not be read');
    if (this.isHopeless(entry, tries, error)) {
      await this.bury(entry, error);
      await notices.remove(entry);
      return 0;
    }
    this.failures += 1;
    await notices.postpone(entry, restMs(error, tries + 1, Math.random()));
    if (!(error instanceof ChannelError)) return 0;
    // About the account, or about this one thing? A single failure does not tell.
    if (error.fault !== 'unauthorized' && error.fault !== 'throttled' && this.failures < 2) return 0;
    health.reportFault(this.account, 'notices', error);
    return restMs(error, this.failures, Math.random());
  }

  private isHopeless(entry: NoticeEntry, tries: number, error: unknown): boolean {
    if (Date.now() - Date.parse(entry.receivedAt) > AGE_MS_MAX) return true;
    return error instanceof ChannelError ? error.fault === 'rejected' : tries + 1 >= TRIES_MAX;
  }

  private async bury(entry: NoticeEntry, error: unknown): Promise<void> {
    const { merchantId, accountId } = entry;
    const letter: DeadLetter = {
      id: deadLetterId('ingest', entry.id, entry.receivedAt),
      merchantId,
      accountId,
      topic: 'inbound.notice',
      partition: null,
      offset: null,
      key: accountId,
      headers: {},
      value: Buffer.from(encodeEntry('inbound.notice', entry)).toString('base64'),
      app: 'ingest',
      reason: error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 1_000) : 'What it points to could not be read',
      at: new Date().toISOString(),
    };
    await appendEntries(this.deps.house.eventLog, 'dead.letter', [{ key: accountId, entry: letter }]);
  }
}

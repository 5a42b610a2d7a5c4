import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { appendEntries } from '@parley/event-log';
import { House } from '@parley/runtime';
import { Translator } from '@parley/translation';
import { requestFor, translatedEntry } from './inbound-message';
import { claimRetries, type DueRetry, PIPELINE, settleRetry } from './inbound-store';
import { TranslateMetrics } from './metrics';

export const RETRY_MS_FIRST = 5_000;
const RETRY_MS_MAX = 10 * 60_000;
/** Whoever reads it then has read the original. */
const AGE_MS_MAX = 24 * 3_600_000;
const AT_ONCE = 8;
/** Longer than any one translation takes: until then nobody else touches what was claimed. */
const CLAIM_MS = 120_000;
/** How often the table is looked at, when nothing is known to wait in it: another process may have left something. */
const IDLE_MS = 30_000;
const BUSY_MS = 2_500;

export const retryAfterMs = (tries: number): number => Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** Math.min(tries, 10));

/** Translates what no engine could be had for, once one can: behind the conversation, in nobody's way. */
@Injectable()
export class InboundRetries implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly house: House,
    private readonly translator: Translator,
    private readonly metrics: TranslateMetrics,
  ) {}

  onApplicationBootstrap(): void {
    if (this.translator.configured) this.lookIn(BUSY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.running;
  }

  /** Something was left just now. */
  wake(): void {
    if (this.running === undefined) this.lookIn(RETRY_MS_FIRST);
  }

  private lookIn(ms: number): void {
    if (this.stopping.signal.aborted) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.running = this.look().finally(() => {
        this.running = undefined;
      });
    }, ms);
    this.timer.unref();
  }

  private async look(): Promise<void> {
    let found = 0;
    try {
      found = await this.work();
    } catch (err) {
      if (!this.stopping.signal.aborted)
        this.house.log.warn({ err, app: 'translate' }, 'Waiting translations could not be tried again');
    }
    this.lookIn(found > 0 ? BUSY_MS : IDLE_MS);
  }

  /** One round. @returns how many were due. */
  async work(): Promise<number> {
    const due = await this.house.database.transaction(PIPELINE, (client) => claimRetries(client, AT_ONCE, CLAIM_MS));
    await Promise.all(due.map((retry) => this.again(retry)));
    return due.length;
  }

  private async again({ job, tries, ageMs }: DueRetry): Promise<void> {
    const glossary = await this.house.glossaries.of(job.origin.merchantId);
    const outcome = await this.metrics.watch('inbound', () =>
      this.translator.translate(requestFor(job, glossary), this.stopping.signal),
    );
    const again = outcome.kind === 'unavailable' && outcome.reason.retryable && ageMs < AGE_MS_MAX;
    if (!again) {
      const entry = translatedEntry(job, outcome, new Date().toISOString());
      await appendEntries(this.house.eventLog, 'inbound.translated', [{ key: entry.conversationId, entry }]);
    }
    await this.house.database.transaction(PIPELINE, (client) => settleRetry(client, job, again ? retryAfterMs(tries) : null));
  }
}

import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { appendEntries, type BatchContext, type EntryBatch, inTrace } from '@parley/event-log';
import { House } from '@parley/runtime';
import { Translator } from '@parley/translation';
import { byConversation } from './by-conversation';
import { type BuyerText, buyerText, type InboundJob, jobFor, read, requestFor, translatedEntry } from './inbound-message';
import { InboundRetries, RETRY_MS_FIRST } from './inbound-retries';
import {
  insertRetries,
  isEdit,
  PIPELINE,
  placeEdits,
  readThreads,
  type Thread,
  threadKey,
  unknownThread,
  writeThreads,
} from './inbound-store';
import { TranslateMetrics } from './metrics';
import { TRANSLATE } from './transport';

/**
 * What buyers write is shown already; here it gets its language and its translation. Results are appended one by one, as
 * soon as they are there; thread state and progress are committed together after that. A batch that comes again finds the
 * old state and says the same again.
 */
@Controller()
export class InboundController {
  constructor(
    private readonly house: House,
    private readonly translator: Translator,
    private readonly metrics: TranslateMetrics,
    private readonly retries: InboundRetries,
  ) {}

  @EventPattern('inbound.message', TRANSLATE, { extras: { maxRecords: 100 } })
  async onMessage(batch: EntryBatch<'inbound.message'>, context: BatchContext): Promise<void> {
    const traces = new Map<BuyerText, Readonly<Record<string, string>>>();
    const texts = batch.records.flatMap(({ entry, headers }) => {
      const text = buyerText(entry);
      if (text) traces.set(text, headers);
      return text ?? [];
    });
    if (texts.length === 0) return;
    const { threads, places } = await this.stateOf(texts);
    const postponed: InboundJob[] = [];
    await byConversation(texts, async (text) => {
      context.signal.throwIfAborted();
      const before = threads.get(threadKey(text)) ?? unknownThread;
      const reading = read(text, before.language);
      const to = await this.merchantLanguage(text, before);
      if (to === null) return;
      threads.set(threadKey(text), { language: reading.thread, merchantLanguage: to });
      const job = jobFor(text, reading, to, places.get(text));
      if (await inTrace(traces.get(text), () => this.translate(job, context))) postponed.push(job);
      context.progress();
    });
    const touched = new Map(texts.map((text) => [threadKey(text), text]));
    const states = [...touched].map(([key, { merchantId, conversationId }]) => ({
      merchantId,
      conversationId,
      thread: threads.get(key) ?? unknownThread,
    }));
    await this.house.database.transaction(PIPELINE, (client) =>
      Promise.all([
        writeThreads(client, states),
        insertRetries(client, postponed, RETRY_MS_FIRST),
        context.commitIn((text, values) => client.query({ name: 'progress-commit', text, values: [...values] })),
      ]),
    );
    if (postponed.length > 0) this.retries.wake();
  }

  /** True: no engine could be had, try it again later. It was said so already, with the language that was found. */
  private async translate(job: InboundJob, context: BatchContext): Promise<boolean> {
    const glossary = await this.house.glossaries.of(job.origin.merchantId);
    const outcome = await this.metrics.watch('inbound', () =>
      this.translator.translate(requestFor(job, glossary), context.signal),
    );
    const entry = translatedEntry(job, outcome, new Date().toISOString());
    await appendEntries(this.house.eventLog, 'inbound.translated', [{ key: entry.conversationId, entry }]);
    return outcome.kind === 'unavailable' && outcome.reason.retryable;
  }

  /** What was known before the batch. Edits are given their places for good: a place told once must not move. */
  private stateOf(texts: readonly BuyerText[]): Promise<{ threads: Map<string, Thread>; places: Map<BuyerText, number> }> {
    return this.house.database.transaction(PIPELINE, async (client) => ({
      threads: await readThreads(client, texts),
      places: texts.some(isEdit) ? await placeEdits(client, texts) : new Map<BuyerText, number>(),
    }));
  }

  /** Null: the account is gone, and with it whoever would read a translation. */
  private async merchantLanguage(text: BuyerText, thread: Thread): Promise<string | null> {
    if (text.merchantLanguage !== null) return text.merchantLanguage;
    return thread.merchantLanguage ?? (await this.house.accounts.get(text.accountId))?.merchantLanguage ?? null;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { appendEntries, type BatchContext, type EntryBatch, inTrace } from '@parley/event-log';
import type { OutboundMessage, OutboundTranslated } from '@parley/model';
import { House } from '@parley/runtime';
import { type TranslateOutcome, Translator } from '@parley/translation';
import { byConversation } from './by-conversation';
import { TranslateMetrics } from './metrics';
import { type ReplyOutcome, requestFor, settledAsGiven, settledByEngine, settledByPerson } from './settle-reply';
import { TRANSLATE } from './transport';

/** How long a batch waits for an engine that is away. Then its replies are held, and the agents know. */
const PATIENCE_MS = 8_000;
const WAIT_MS_FIRST = 500;
const WAIT_MS_MAX = 2_500;

@Controller()
export class OutboundController {
  constructor(
    private readonly house: House,
    private readonly translator: Translator,
    private readonly metrics: TranslateMetrics,
  ) {}

  @EventPattern('outbound.message', TRANSLATE, { extras: { maxRecords: 100 } })
  async onReply(batch: EntryBatch<'outbound.message'>, context: BatchContext): Promise<void> {
    const patientUntil = performance.now() + PATIENCE_MS;
    await byConversation(
      batch.records.map(({ entry, headers }) => ({ conversationId: entry.conversationId, reply: entry, headers })),
      ({ reply, headers }) => inTrace(headers, () => this.bringOn(reply, patientUntil, context)),
    );
  }

  private async bringOn(reply: OutboundMessage, patientUntil: number, context: BatchContext): Promise<void> {
    context.signal.throwIfAborted();
    const outcome = await this.settle(reply, patientUntil, context);
    const entry: OutboundTranslated = { ...reply, outcome, translatedAt: new Date().toISOString() };
    await appendEntries(this.house.eventLog, 'outbound.translated', [{ key: reply.conversationId, entry }]);
    context.progress();
  }

  private async settle(reply: OutboundMessage, patientUntil: number, context: BatchContext): Promise<ReplyOutcome> {
    const given = settledAsGiven(reply);
    if (given !== null) return given;
    const glossary = await this.house.glossaries.of(reply.merchantId);
    const request = requestFor(reply, glossary);
    if (reply.translation !== null) {
      const checks = this.translator.check(reply.parts, reply.translation, request);
      return settledByPerson(reply, reply.translation, checks, glossary.version);
    }
    const outcome = await this.metrics.watch('outbound', () =>
      this.patiently(() => this.translator.translate(request, context.signal), patientUntil, context),
    );
    return settledByEngine(reply, outcome);
  }

  /** Engines restart within seconds; a reply that waits so long beats one that is held. */
  private async patiently(
    work: () => Promise<TranslateOutcome>,
    patientUntil: number,
    context: BatchContext,
  ): Promise<TranslateOutcome> {
    for (let waitMs = WAIT_MS_FIRST; ; waitMs = Math.min(WAIT_MS_MAX, waitMs * 2)) {
      const outcome = await work();
      const isAway = outcome.kind === 'unavailable' && outcome.reason.code === 'translation-unavailable';
      if (!isAway || performance.now() + waitMs >= patientUntil) return outcome;
      context.progress();
      await sleep(waitMs, undefined, { signal: context.signal });
    }
  }
}

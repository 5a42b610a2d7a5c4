import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { type BatchContext, type EntryBatch, traceOf } from '@parley/event-log';
import type { OutboundSignal } from '@parley/model';
import { House } from '@parley/runtime';
import { Dispatcher } from './dispatcher';
import { isReady, type ReadyEntry } from './draft';
import { type EndedJob, type Job, Jobs, PIPELINE } from './jobs';
import { keyOf, Reports } from './reports';
import { Signals } from './signals';
import { DELIVER } from './transport';

@Controller()
export class OutboundController {
  private readonly jobs: Jobs;
  private readonly reports: Reports;

  constructor(
    private readonly house: House,
    private readonly dispatcher: Dispatcher,
    private readonly signals: Signals,
  ) {
    this.jobs = new Jobs(house.database);
    this.reports = new Reports(house.eventLog);
  }

  @EventPattern('outbound.translated', DELIVER, { extras: { maxRecords: 500 } })
  async onTranslated(batch: EntryBatch<'outbound.translated'>, context: BatchContext): Promise<void> {
    const entries: (ReadyEntry & Pick<Job, 'trace'>)[] = [];
    for (const { entry, headers } of batch.records) {
      if (!isReady(entry)) continue;
      const trace = traceOf(headers);
      entries.push(trace ? { ...entry, trace } : entry);
    }
    if (entries.length === 0) return;
    await this.reports.queued(entries);
    await this.house.database.transaction(PIPELINE, async (client) => {
      await this.jobs.insert(client, entries);
      await context.commitIn((sql, params) => client.query(sql, [...params]));
    });
    this.dispatcher.wake(entries.map((entry) => entry.accountId));
  }

  @EventPattern('outbound.signal', DELIVER, { extras: { maxRecords: 200 } })
  async onSignal(batch: EntryBatch<'outbound.signal'>, context: BatchContext): Promise<void> {
    const signals = batch.records.map((record) => record.entry);
    const cancelled = await this.cancel(signals, context);
    for (const signal of signals) this.signals.bring(signal);
    if (cancelled.length === 0) return;
    await this.reports.ended(cancelled);
    await this.jobs.markReported(cancelled.map(keyOf));
  }

  private async cancel(signals: readonly OutboundSignal[], context: BatchContext): Promise<EndedJob[]> {
    const cancelled: EndedJob[] = [];
    await this.house.database.transaction(PIPELINE, async (client) => {
      for (const signal of signals) {
        if (signal.signal.kind !== 'cancel') continue;
        const { messageId, attempt } = signal.signal;
        const ended = await this.jobs.cancel(client, signal, { merchantId: signal.merchantId, messageId, attempt });
        if (ended) cancelled.push(ended);
      }
      await context.commitIn((sql, params) => client.query(sql, [...params]));
    });
    return cancelled;
  }
}

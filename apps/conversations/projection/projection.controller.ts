import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { BatchContext, EntryBatch } from '@parley/event-log';
import type { EntryOf, Topic } from '@parley/model';
import {
  applyDelivery,
  attachOutbound,
  attachTranslations,
  storeDeadLetters,
  storeInbound,
  storeOutbound,
  type Transaction,
  Transactions,
} from '../store';
import { CONVERSATIONS } from '../transport';

const BATCH = { extras: { maxRecords: 500 } };

/** What the log says becomes the view: effect and progress commit together, a batch at a time. */
@Controller()
export class ProjectionController {
  constructor(private readonly transactions: Transactions) {}

  @EventPattern('inbound.message', CONVERSATIONS, BATCH)
  async onInbound(batch: EntryBatch<'inbound.message'>, context: BatchContext): Promise<void> {
    await this.take(batch, context, storeInbound);
  }

  @EventPattern('inbound.translated', CONVERSATIONS, BATCH)
  async onTranslated(batch: EntryBatch<'inbound.translated'>, context: BatchContext): Promise<void> {
    await this.take(batch, context, attachTranslations);
  }

  @EventPattern('outbound.message', CONVERSATIONS, BATCH)
  async onReply(batch: EntryBatch<'outbound.message'>, context: BatchContext): Promise<void> {
    await this.take(batch, context, storeOutbound);
  }

  @EventPattern('outbound.translated', CONVERSATIONS, BATCH)
  async onReplyTranslated(batch: EntryBatch<'outbound.translated'>, context: BatchContext): Promise<void> {
    await this.take(batch, context, attachOutbound);
  }

  @EventPattern('outbound.delivery', CONVERSATIONS, BATCH)
  async onDelivery(batch: EntryBatch<'outbound.delivery'>, context: BatchContext): Promise<void> {
    await this.take(batch, context, applyDelivery);
  }

  @EventPattern('dead.letter', CONVERSATIONS, { extras: { maxRecords: 100 } })
  async onDeadLetter(batch: EntryBatch<'dead.letter'>, context: BatchContext): Promise<void> {
    await this.take(batch, context, storeDeadLetters);
  }

  private async take<T extends Topic>(
    batch: EntryBatch<T>,
    context: BatchContext,
    store: (tx: Transaction, entries: readonly EntryOf<T>[]) => Promise<unknown>,
  ): Promise<void> {
    await this.transactions.run('*', async (tx) => {
      await store(
        tx,
        batch.records.map((record) => record.entry),
      );
      await context.commitIn((sql, params) => tx.client.query(sql, [...params]));
    });
  }
}

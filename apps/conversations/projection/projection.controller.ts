import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { BatchContext, EntryBatch } from '@parley/event-log';
import { storeDeadLetters, Transactions } from '../store';
import { CONVERSATIONS } from '../transport';
import { Lane } from './lane';

const BATCH = { extras: { maxRecords: 500 } };

/** What the log says becomes the view: effect and progress commit together, a batch at a time. */
@Controller()
export class ProjectionController {
  private readonly lane: Lane;

  constructor(private readonly transactions: Transactions) {
    this.lane = new Lane(transactions);
  }

  @EventPattern('inbound.message', CONVERSATIONS, BATCH)
  async onInbound(batch: EntryBatch<'inbound.message'>, context: BatchContext): Promise<void> {
    await this.lane.take(batch, context);
  }

  @EventPattern('inbound.translated', CONVERSATIONS, BATCH)
  async onTranslated(batch: EntryBatch<'inbound.translated'>, context: BatchContext): Promise<void> {
    await this.lane.take(batch, context);
  }

  @EventPattern('outbound.message', CONVERSATIONS, BATCH)
  async onReply(batch: EntryBatch<'outbound.message'>, context: BatchContext): Promise<void> {
    await this.lane.take(batch, context);
  }

  @EventPattern('outbound.translated', CONVERSATIONS, BATCH)
  async onReplyTranslated(batch: EntryBatch<'outbound.translated'>, context: BatchContext): Promise<void> {
    await this.lane.take(batch, context);
  }

  @EventPattern('outbound.delivery', CONVERSATIONS, BATCH)
  async onDelivery(batch: EntryBatch<'outbound.delivery'>, context: BatchContext): Promise<void> {
    await this.lane.take(batch, context);
  }

  @EventPattern('dead.letter', CONVERSATIONS, { extras: { maxRecords: 100 } })
  async onDeadLetter(batch: EntryBatch<'dead.letter'>, context: BatchContext): Promise<void> {
    await this.transactions.run('*', async (tx) => {
      await storeDeadLetters(
        tx,
        batch.records.map((record) => record.entry),
      );
      await context.commitIn((sql, params) => tx.client.query(sql, [...params]));
    });
  }
}

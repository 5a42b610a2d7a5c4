import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { type BatchContext, type EntryBatch, traceOf } from '@parley/event-log';
import { House } from '@parley/runtime';
import { Runners } from './runners';
import { INGEST } from './transport';

@Controller()
export class NoticeController {
  constructor(
    private readonly house: House,
    private readonly runners: Runners,
  ) {}

  /** Puts them where they are read account by account, so that a channel which is down holds up its own accounts alone. */
  @EventPattern('inbound.notice', INGEST, { extras: { maxRecords: 500 } })
  async onNotice(batch: EntryBatch<'inbound.notice'>, context: BatchContext): Promise<void> {
    const entries = batch.records.map((record) => record.entry);
    await this.house.database.transaction('*', async (client) => {
      await this.runners.notices.insert(
        client,
        batch.records.map(({ entry, headers }) => ({ ...entry, trace: traceOf(headers) })),
      );
      await context.commitIn((sql, params) => client.query(sql, [...params]));
    });
    await this.runners.wake(entries.map((entry) => entry.accountId));
  }
}

import { Module } from '@nestjs/common';
import { House } from '@parley/runtime';
import { CHANNELS, type Channels, channelsOf } from './channels';
import { Intake } from './intake';
import { NoticeController } from './notice.controller';
import { PublicLimits } from './public-limits';
import { Runners } from './runners';
import { WebhookController } from './webhook.controller';

/**
 * Reads what channels call, mailboxes and streams, and `inbound.notice` ("come and read it").
 * Writes `inbound.raw` and `inbound.notice`: each item as the channel said it.
 * Owns the schema `ingest`: cursors, notices still to be read, whether reading works.
 */
@Module({
  controllers: [WebhookController, NoticeController],
  providers: [
    PublicLimits,
    { provide: CHANNELS, useFactory: channelsOf, inject: [House] },
    { provide: Intake, useFactory: (house: House, channels: Channels) => new Intake(house, channels), inject: [House, CHANNELS] },
    {
      provide: Runners,
      useFactory: (house: House, channels: Channels, intake: Intake) => new Runners(house, channels, intake),
      inject: [House, CHANNELS, Intake],
    },
  ],
})
export class IngestModule {}

import { Module } from '@nestjs/common';
import { House } from '@parley/runtime';
import { channelsOf } from './channels';
import { MediaHosting } from './media-hosting';
import { Normalizer } from './normalizer';
import { RawController } from './raw.controller';
import { Threads } from './threads';

/**
 * Reads `inbound.raw`: items as the channel said them.
 * Writes `inbound.message` (messages, reactions, edits, recalls, facts of threads) and `outbound.delivery` (receipts).
 * Owns the schema `normalize`: the names of threads. Puts files into the media store.
 */
@Module({
  controllers: [RawController],
  providers: [
    {
      provide: Normalizer,
      useFactory: (house: House) => {
        const channels = channelsOf(house);
        return new Normalizer(house, channels, new Threads(house.database), new MediaHosting(house, channels));
      },
      inject: [House],
    },
  ],
})
export class NormalizeModule {}

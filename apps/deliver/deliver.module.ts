import { Module } from '@nestjs/common';
import { House } from '@parley/runtime';
import { channelsOf } from './channels';
import { Dispatcher } from './dispatcher';
import { OutboundController } from './outbound.controller';
import { Signals } from './signals';

/**
 * Reads `outbound.translated` (replies whose text is settled) and `outbound.signal` (read marks, reactions, cancellations).
 * Writes `outbound.delivery`: what became of each reply.
 * Owns the schema `deliver`: jobs, the ledger of requests, pauses of accounts.
 */
@Module({
  controllers: [OutboundController],
  providers: [
    { provide: Dispatcher, useFactory: (house: House) => new Dispatcher(house, channelsOf(house)), inject: [House] },
    { provide: Signals, useFactory: (house: House) => new Signals(house, channelsOf(house)), inject: [House] },
  ],
})
export class DeliverModule {}

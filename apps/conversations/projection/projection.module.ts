import { Module } from '@nestjs/common';
import { House } from '@parley/runtime';
import { EventRelay } from '../relay/event-relay';
import { Transactions } from '../store';
import { Housekeeping } from './housekeeping';
import { ProjectionController } from './projection.controller';

/**
 * Reads inbound.message, inbound.translated, outbound.message, outbound.translated, outbound.delivery, dead.letter.
 * Writes the event stream; parley.events in the distributed mode.
 * Owns the schema `conversations`, together with the API, which writes through the same store.
 */
@Module({
  controllers: [ProjectionController],
  providers: [
    {
      provide: Transactions,
      useFactory: (house: House) => new Transactions(house.database, house.config),
      inject: [House],
    },
    Housekeeping,
    EventRelay,
  ],
  exports: [Transactions],
})
export class ProjectionModule {}

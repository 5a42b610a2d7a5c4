import { Module } from '@nestjs/common';
import { House } from '@parley/runtime';
import { createTranslator, Translator } from '@parley/translation';
import { InboundController } from './inbound.controller';
import { InboundRetries } from './inbound-retries';
import { TranslateMetrics } from './metrics';
import { OutboundController } from './outbound.controller';

/**
 * Reads `inbound.message` (what buyers write and edit) and `outbound.message` (what the shop wants sent).
 * Writes `inbound.translated` and `outbound.translated`: the same in the other's language, or why not.
 * Owns the schema `translate`: the language each conversation is held in, and what waits for an engine.
 */
@Module({
  controllers: [InboundController, OutboundController],
  providers: [
    {
      provide: Translator,
      useFactory: (house: House) => createTranslator(house.config, { log: house.log.child({ app: 'translate' }) }),
      inject: [House],
    },
    {
      provide: TranslateMetrics,
      useFactory: (house: House, translator: Translator) => new TranslateMetrics(house.metrics, translator),
      inject: [House, Translator],
    },
    InboundRetries,
  ],
})
export class TranslateModule {}

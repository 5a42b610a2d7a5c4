import { Test } from '@nestjs/testing';
import { House } from '@parley/runtime';
import { Translator } from '@parley/translation';
import { Registry } from 'prom-client';
import { InboundController } from './inbound.controller';
import { OutboundController } from './outbound.controller';
import { TranslateModule } from './translate.module';

const houseWith = (config: object): unknown => {
  const log = { child: () => log, warn: () => undefined, error: () => undefined };
  return { config, log, metrics: new Registry(), eventLog: {}, database: {}, glossaries: {}, accounts: {} };
};
const moduleWith = (config: object) =>
  Test.createTestingModule({
    imports: [
      { module: class {}, providers: [{ provide: House, useValue: houseWith(config) }], exports: [House], global: true },
      TranslateModule,
    ],
  }).compile();

it('is wired from the settings', async () => {
  const module = await moduleWith({ translation: ['apertium', 'deepl'], engines: { deepl: { key: 'key' } } });
  expect(
    module
      .get(Translator)
      .engineStates()
      .map((state) => state.name),
  ).toEqual(['apertium', 'deepl']);
  expect(module.get(InboundController)).toBeInstanceOf(InboundController);
  expect(module.get(OutboundController)).toBeInstanceOf(OutboundController);
  await module.close();
});

it('does not start with an engine that nobody knows', async () => {
  await expect(moduleWith({ translation: ['babelfish'], engines: {} })).rejects.toThrow('babelfish is not one of');
});

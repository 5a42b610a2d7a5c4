import type { App } from '@parley/runtime';
import { migrations } from './migrations';
import { TranslateModule } from './translate.module';
import { TRANSLATE } from './transport';

export const translate: App = {
  name: 'translate',
  module: TranslateModule,
  migrations,
  transport: TRANSLATE,
  topics: ['inbound.message', 'outbound.message'],
};

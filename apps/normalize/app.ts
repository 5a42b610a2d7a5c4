import type { App } from '@parley/runtime';
import { migrations } from './migrations';
import { NormalizeModule } from './normalize.module';
import { NORMALIZE } from './transport';

export const normalize: App = {
  name: 'normalize',
  module: NormalizeModule,
  migrations,
  transport: NORMALIZE,
  topics: ['inbound.raw'],
};

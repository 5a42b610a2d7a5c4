import type { App } from '@parley/runtime';
import { DeliverModule } from './deliver.module';
import { migrations } from './migrations';
import { DELIVER } from './transport';

export const deliver: App = {
  name: 'deliver',
  module: DeliverModule,
  migrations,
  transport: DELIVER,
  topics: ['outbound.translated', 'outbound.signal'],
};

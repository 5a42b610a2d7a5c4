import type { App } from '@parley/runtime';
import { IngestModule } from './ingest.module';
import { migrations } from './migrations';
import { INGEST } from './transport';

export const ingest: App = {
  name: 'ingest',
  module: IngestModule,
  migrations,
  transport: INGEST,
  topics: ['inbound.notice'],
  http: true,
  worksWithoutDatabase: true,
};

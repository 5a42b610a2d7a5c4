import type { App } from '@parley/runtime';
import { ConversationsModule } from './conversations.module';
import { migrations } from './migrations';
import { CONVERSATIONS } from './transport';

export const conversations: App = {
  name: 'conversations',
  module: ConversationsModule,
  migrations,
  transport: CONVERSATIONS,
  topics: [
    'inbound.message',
    'inbound.translated',
    'outbound.message',
    'outbound.translated',
    'outbound.delivery',
    'dead.letter',
  ],
  http: true,
};

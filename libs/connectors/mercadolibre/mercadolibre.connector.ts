import { defineConnector } from '@parley/connector';
import { check, downloadMedia } from './account';
import { newThreadTo } from './address';
import { normalize } from './normalize/normalize';
import { missedFeeds } from './receive/missed-feeds';
import { webhook } from './receive/push';
import { unread } from './receive/unread';
import { FILES_MAX, mediaRules } from './send/files';
import { reconcile } from './send/reconcile';
import { render } from './send/render';
import type { Request } from './send/request';
import { send } from './send/send';
import { MESSAGE_LENGTH_MAX } from './send/text';
import { type Settings, settingsSchema } from './settings';

export const mercadolibre = defineConnector<Settings, Request>({
  channel: 'mercadolibre',
  title: 'Mercado Libre',
  capabilities: {
    text: { maxLength: MESSAGE_LENGTH_MAX, unit: 'utf16', split: true },
    media: mediaRules,
    mediaPerMessage: FILES_MAX,
    choiceOptionsMax: 0,
    choiceTitleMaxLength: 0,
    templates: true,
    location: false,
    contact: false,
    replyTo: false,
    reactions: false,
    edits: false,
    recalls: false,
    typing: false,
    markRead: false,
    startConversation: true,
    receipts: ['delivered', 'read', 'failed'],
    idempotentSend: false,
    // All writes share 500 a minute.
    rate: { perSecond: 8, burst: 20 },
    replyWindow: null,
  },
  settings: settingsSchema,
  hosts: (settings) => [settings.apiBaseUrl],
  routeKey: (settings) => settings.sellerId,
  receive: [webhook, missedFeeds, unread],
  normalize,
  render,
  send,
  check,
  downloadMedia,
  reconcile,
  addressFor: newThreadTo,
});

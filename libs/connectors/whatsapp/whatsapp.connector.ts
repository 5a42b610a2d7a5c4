import { defineConnector } from '@parley/connector';
import { acceptWhatsApp, answerHandshake } from './accept';
import { newThreadTo } from './identity';
import { normalizeWhatsApp } from './normalize';
import { mediaRules, renderWhatsApp, TEXT_LENGTH_MAX, type WhatsAppRequest } from './render';
import { checkWhatsApp, downloadWhatsAppMedia, markWhatsAppRead, reactOnWhatsApp, sendWhatsApp } from './send';
import { type WhatsAppSettings, whatsappSettings } from './settings';

export const whatsapp = defineConnector<WhatsAppSettings, WhatsAppRequest>({
  channel: 'whatsapp',
  title: 'WhatsApp',
  capabilities: {
    text: { maxLength: TEXT_LENGTH_MAX, unit: 'utf16', split: true },
    media: mediaRules,
    mediaPerMessage: 1,
    choiceOptionsMax: 10,
    choiceTitleMaxLength: 24,
    templates: true,
    location: true,
    contact: true,
    replyTo: true,
    reactions: true,
    edits: false,
    recalls: false,
    typing: false,
    markRead: true,
    startConversation: true,
    receipts: ['sent', 'delivered', 'read', 'failed'],
    idempotentSend: false,
    // 80 a second per number in both directions together, or 20 where the phone app shares it.
    rate: { perSecond: 20, burst: 40 },
    replyWindow: { hours: 24, then: 'template' },
  },
  settings: whatsappSettings,
  hosts: ({ apiBaseUrl }) => [apiBaseUrl],
  routeKey: ({ phoneNumberId }) => phoneNumberId,
  receive: [{ kind: 'webhook', handshake: answerHandshake, accept: acceptWhatsApp }],
  normalize: normalizeWhatsApp,
  render: renderWhatsApp,
  send: sendWhatsApp,
  check: checkWhatsApp,
  downloadMedia: downloadWhatsAppMedia,
  markRead: markWhatsAppRead,
  react: reactOnWhatsApp,
  addressFor: newThreadTo,
});

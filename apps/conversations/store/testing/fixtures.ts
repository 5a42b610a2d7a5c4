import {
  contactId,
  conversationId,
  type DeliveryEntry,
  type InboundEntry,
  type InboundMessage,
  type InboundTranslated,
  messageId,
  type OutboundMessage,
  type OutboundTranslated,
  replyId,
  type Translation,
} from '@parley/model';

/** Entries as the topics carry them, of one shop on one account unless it is said otherwise. */
export const SHOP = 'mer_shop';
export const ACCOUNT = 'acc_shop';
const origin = { merchantId: SHOP, accountId: ACCOUNT, channel: 'whatsapp' };

/** Minutes after ten on the day everything happens. */
export const at = (minute: number): string => new Date(Date.UTC(2026, 4, 6, 10, minute)).toISOString();

export const thread = (buyer: string): string => conversationId(ACCOUNT, buyer);
export const idOf = (externalId: string): string => messageId(ACCOUNT, externalId);
export const replyIdOf = (buyer: string, key: string): string => replyId(thread(buyer), key);

export function message(
  buyer: string,
  externalId: string,
  text: string,
  over: Partial<InboundMessage> & { minute?: number } = {},
): InboundMessage {
  const { minute = 0, ...rest } = over;
  return {
    ...origin,
    kind: 'message',
    conversationId: thread(buyer),
    messageId: idOf(externalId),
    receivedAt: at(minute),
    merchantLanguage: 'zh-CN',
    externalId,
    direction: 'inbound',
    author: { kind: 'buyer', id: buyer, name: buyer },
    contact: {
      id: contactId(ACCOUNT, buyer),
      address: buyer,
      name: buyer,
      country: 'MX',
      language: 'es',
      timeZone: null,
      verified: true,
    },
    parts: [{ kind: 'text', text }],
    languageHint: null,
    replyToExternalId: null,
    clientKey: null,
    subject: null,
    address: { to: buyer },
    replyWindow: { openUntil: at(minute + 24 * 60), then: 'template' },
    orders: [],
    automatic: false,
    attributes: {},
    sentAt: at(minute),
    ...rest,
  };
}

/** A message of the shop as the channel shows it. */
export const echo = (buyer: string, externalId: string, text: string, over: Partial<InboundMessage> & { minute?: number } = {}) =>
  message(buyer, externalId, text, { direction: 'outbound', author: { kind: 'agent', id: 'phone', name: null }, ...over });

const about = (buyer: string, minute: number) => ({ ...origin, conversationId: thread(buyer), receivedAt: at(minute) });

export const reaction = (buyer: string, targetExternalId: string, emoji: string | null, minute: number): InboundEntry => ({
  ...about(buyer, minute),
  kind: 'reaction',
  targetMessageId: null,
  targetExternalId,
  emoji,
  author: { kind: 'buyer', id: buyer, name: null },
  at: at(minute),
});
export const edit = (buyer: string, targetExternalId: string, text: string, minute: number): InboundEntry => ({
  ...about(buyer, minute),
  kind: 'edit',
  targetExternalId,
  parts: [{ kind: 'text', text }],
  at: at(minute),
});
export const recall = (buyer: string, targetExternalId: string, minute: number): InboundEntry => ({
  ...about(buyer, minute),
  kind: 'recall',
  targetExternalId,
  at: at(minute),
});

export const translation = (language: string, text: string): Translation => ({
  language,
  parts: [{ kind: 'text', text }],
  engine: 'test',
  checks: { entities: 'ok' },
  editedBy: null,
});

export const translated = (
  buyer: string,
  externalId: string,
  text: string,
  over: Partial<InboundTranslated> = {},
): InboundTranslated => ({
  ...origin,
  conversationId: thread(buyer),
  messageId: idOf(externalId),
  language: 'es',
  languageConfidence: 0.9,
  conversationLanguage: 'es',
  status: 'done',
  translation: translation('zh-CN', text),
  error: null,
  at: at(1),
  ...over,
});

export const reply = (
  buyer: string,
  key: string,
  text: string,
  over: Partial<OutboundMessage> & { minute?: number } = {},
): OutboundMessage => {
  const { minute = 5, ...rest } = over;
  return {
    ...origin,
    conversationId: thread(buyer),
    messageId: replyIdOf(buyer, key),
    attempt: 1,
    author: { kind: 'agent', id: 'agt_li', name: 'Li' },
    parts: [{ kind: 'text', text }],
    language: 'zh-CN',
    targetLanguage: 'es',
    translation: null,
    released: false,
    replyTo: null,
    contact: { id: contactId(ACCOUNT, buyer), address: buyer, name: buyer },
    address: { to: buyer },
    subject: null,
    replyWindow: { openUntil: null, then: 'free' },
    context: [],
    clientKey: key,
    acceptedAt: at(minute),
    ...rest,
  };
};

export const ready = (entry: OutboundMessage, text: string, minute = 6): OutboundTranslated => ({
  ...entry,
  outcome: { kind: 'ready', parts: [{ kind: 'text', text }], language: 'es', translation: translation('es', text) },
  translatedAt: at(minute),
});

export const held = (entry: OutboundMessage, candidate: string, minute = 6): OutboundTranslated => ({
  ...entry,
  outcome: {
    kind: 'held',
    error: { code: 'fact-missing', message: 'The order number is missing', retryable: false },
    candidate: translation('es', candidate),
  },
  translatedAt: at(minute),
});

type State = Extract<DeliveryEntry, { kind: 'state' }>;
type Receipt = Extract<DeliveryEntry, { kind: 'receipt' }>;

export const state = (
  buyer: string,
  key: string,
  reached: State['state'],
  over: Partial<State> & { minute?: number } = {},
): DeliveryEntry => {
  const { minute = 7, ...rest } = over;
  return {
    ...origin,
    kind: 'state',
    conversationId: thread(buyer),
    messageId: replyIdOf(buyer, key),
    attempt: 1,
    state: reached,
    error: null,
    externalIds: [],
    at: at(minute),
    ...rest,
  };
};

export const receipt = (
  externalId: string,
  reached: Receipt['state'],
  over: Partial<Receipt> & { minute?: number } = {},
): DeliveryEntry => {
  const { minute = 8, ...rest } = over;
  return { ...origin, kind: 'receipt', externalId, messageId: null, state: reached, error: null, at: at(minute), ...rest };
};

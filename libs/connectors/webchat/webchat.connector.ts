import {
  type AccountFacts,
  ChannelError,
  type ChannelEvent,
  type DraftPart,
  defineConnector,
  mediaRule,
  numberedChoice,
  type OutboundDraft,
  type RawItemContent,
  type Rendering,
} from '@parley/connector';
import { type OrderRef, orderSchema, type Part } from '@parley/model';
import { acceptWebchat, externalIdOf, TEXT_LENGTH_MAX, type VisitorPart, webchatItemSchema } from './accept';
import type { WebchatContext } from './session';
import { type WebchatSettings, webchatSettings } from './settings';

/** The chat window reads the stored conversation: a message is sent by being stored. */
export interface WebchatRequest {
  readonly messageId: string;
  readonly visitorId: string;
  readonly parts: readonly Part[];
}

export const webchat = defineConnector<WebchatSettings, WebchatRequest>({
  channel: 'webchat',
  title: 'Web chat',
  capabilities: {
    text: { maxLength: 20_000, unit: 'utf16', split: false },
    media: [{ mime: '*/*', maxBytes: 25 * 1024 * 1024, captionMaxLength: TEXT_LENGTH_MAX }],
    mediaPerMessage: 10,
    choiceOptionsMax: 10,
    choiceTitleMaxLength: 80,
    templates: false,
    location: true,
    contact: true,
    replyTo: true,
    reactions: false,
    edits: false,
    recalls: false,
    typing: true,
    markRead: false,
    startConversation: false,
    receipts: ['sent', 'delivered', 'read'],
    idempotentSend: true,
    rate: { perSecond: 200, burst: 200 },
    replyWindow: null,
  },
  settings: webchatSettings,
  receive: [{ kind: 'webhook', accept: acceptWebchat }],
  normalize: normalizeWebchat,
  render: renderWebchat,
  send: async (_request, context) => ({ externalId: context.messageId, state: 'sent' }),
  check: async () => ({ ok: true, message: 'The chat window is served by Parley itself.' }),
});

export function normalizeWebchat(content: RawItemContent): readonly ChannelEvent[] {
  if (!('json' in content)) throw new TypeError('A web chat item is JSON');
  const item = webchatItemSchema.parse(content.json);
  const { visitor } = item;
  const context = item.context ?? visitor.context;
  return [
    {
      kind: 'message',
      externalId: externalIdOf(visitor.visitorId, item.clientKey),
      thread: { key: visitor.visitorId, address: { visitorId: visitor.visitorId } },
      author: { kind: 'buyer', id: visitor.visitorId, name: visitor.name ?? null },
      contact: {
        address: visitor.visitorId,
        name: visitor.name ?? null,
        language: visitor.language ?? null,
        verified: visitor.verified,
      },
      parts: item.parts.map(partOf),
      sentAt: new Date(item.receivedAt),
      languageHint: visitor.language ?? null,
      replyToExternalId: item.replyTo ?? null,
      // Visitors choose their keys freely; one that looks like an id of ours must not pass for the echo of a reply.
      clientKey: item.clientKey.startsWith('msg_') ? null : item.clientKey,
      orders: context ? ordersOf(context) : [],
      attributes: { ...(visitor.email ? { email: visitor.email } : {}), ...(context ? { page: context } : {}) },
    },
  ];
}

function partOf(part: VisitorPart): DraftPart {
  if (part.kind !== 'media') return part;
  const bytes = Buffer.from(part.url.slice(part.url.indexOf(',') + 1), 'base64');
  const { mime, name = null, caption = null } = part;
  return { kind: 'media', mime, name, caption, sizeBytes: bytes.length, content: { bytes } };
}

/** The order the visitor looks at: its number is taken from the page, all else the shop knows better. */
function ordersOf({ order }: WebchatContext): OrderRef[] {
  if (typeof order === 'string' && order) return [orderSchema.parse({ id: order, number: order })];
  if (typeof order !== 'object' || order === null || Array.isArray(order)) return [];
  const { id, number } = order as { id?: unknown; number?: unknown };
  const parsed = orderSchema.safeParse({ ...order, id: id ?? number, number: number ?? id });
  return parsed.success ? [parsed.data] : [];
}

export function renderWebchat(message: OutboundDraft, _account: AccountFacts<WebchatSettings>): Rendering<WebchatRequest> {
  const { visitorId } = message.address;
  if (typeof visitorId !== 'string') throw rejected('no-address', 'This conversation has no visitor.');
  const parts = message.parts.map(checkedPart);
  if (parts.filter((part) => part.kind === 'media').length > webchat.capabilities.mediaPerMessage)
    throw rejected('too-many-files', `A message may have ${webchat.capabilities.mediaPerMessage} files.`);
  return { requests: [{ messageId: message.messageId, visitorId, parts }], losses: [] };
}

/** The part as the window can show it: a long choice becomes a numbered text. @throws ChannelError `rejected` */
function checkedPart(part: Part): Part {
  const { text, media, choiceOptionsMax, choiceTitleMaxLength } = webchat.capabilities;
  switch (part.kind) {
    case 'text':
      if (part.text.length > text.maxLength) throw rejected('text-too-long', `A text may have ${text.maxLength} characters.`);
      return part;
    case 'media': {
      const rule = mediaRule(media, part.mime);
      if (!rule || (part.sizeBytes ?? 0) > rule.maxBytes)
        throw rejected('media-too-large', 'The file is too large for the chat window.');
      if ((part.caption ?? '').length > rule.captionMaxLength)
        throw rejected('text-too-long', `A caption may have ${rule.captionMaxLength} characters.`);
      return part;
    }
    case 'choice': {
      if (part.text.length > text.maxLength) throw rejected('text-too-long', `A text may have ${text.maxLength} characters.`);
      const fits =
        part.options.length <= choiceOptionsMax && part.options.every(({ title }) => title.length <= choiceTitleMaxLength);
      return fits ? part : checkedPart({ kind: 'text', text: numberedChoice(part.text, part.options) });
    }
    case 'template':
      throw rejected('template-unsupported', 'Web chat has no templates.');
    default:
      return part;
  }
}

const rejected = (code: string, message: string): ChannelError => new ChannelError('rejected', message, { code });

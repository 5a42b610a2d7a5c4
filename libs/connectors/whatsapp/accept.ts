import { createHash, createHmac } from 'node:crypto';
import {
  type AccountFacts,
  equalsSecret,
  type RawItem,
  readJsonBody,
  type WebhookAcceptance,
  type WebhookAnswer,
  WebhookRejection,
  type WebhookRequest,
} from '@parley/connector';
import type { WhatsAppSettings } from './settings';
import { type Json, listIn, objectIn, textIn, threadKeyOf } from './wire';

/** One element of a batch, with what of its surroundings is needed to understand it. */
export interface WhatsAppItem {
  readonly kind: ItemKind;
  readonly value: unknown;
  /** `metadata` of the change: which business number is spoken to. */
  readonly metadata: Json;
  /** Profiles the change brought along. */
  readonly contacts: readonly Json[];
  /** Our clock, for elements that carry no time. */
  readonly receivedAt: number;
}
export type ItemKind = 'message' | 'status' | 'echo' | 'call' | 'history' | 'notice' | 'unreadable';

/** The bare challenge as text, when the verify token is right. */
export function answerHandshake(request: WebhookRequest, account: AccountFacts<WhatsAppSettings>): WebhookAnswer {
  const { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': challenge } = request.query;
  if (mode !== 'subscribe' || !equalsSecret(token ?? '', account.settings.verifyToken))
    throw new WebhookRejection(403, 'verify-token-wrong', 'The verify token is not the one of this account.');
  if (!challenge || !/^[\w.-]{1,256}$/.test(challenge))
    throw new WebhookRejection(400, 'malformed-handshake', 'hub.challenge is missing.');
  return { status: 200, contentType: 'text/plain; charset=utf-8', body: challenge };
}

export function acceptWhatsApp(request: WebhookRequest, account: AccountFacts<WhatsAppSettings>): WebhookAcceptance {
  const expected = createHmac('sha256', account.settings.appSecret).update(request.rawBody).digest('hex');
  if (!equalsSecret(request.headers['x-hub-signature-256'] ?? '', `sha256=${expected}`))
    throw new WebhookRejection(401, 'signature-invalid', 'X-Hub-Signature-256 does not belong to this body.');
  return { items: split(readJsonBody(request.rawBody), Date.now()) };
}

/** Every element of the batch as an item of its own; what has no shape becomes an item too, and is parked later. */
function split(body: unknown, receivedAt: number): RawItem[] {
  const root = objectIn(body);
  if (!root) throw malformed('The body is not an object.', '');
  if (root['object'] !== 'whatsapp_business_account') throw malformed('This is not a WhatsApp webhook.', '/object');
  const { entry } = root;
  if (!Array.isArray(entry)) throw malformed('The entries are missing.', '/entry');

  const items: RawItem[] = [];
  for (const one of entry) {
    const changes = objectIn(one)?.['changes'];
    if (Array.isArray(changes)) for (const change of changes) items.push(...itemsOf(change, receivedAt));
    else items.push(itemFor('unreadable', one, {}, receivedAt));
  }
  return items;
}

const malformed = (message: string, pointer: string) => new WebhookRejection(400, 'malformed-body', message, pointer);

/** Lists a change may hold, and what their elements are. */
const lists: readonly (readonly [name: string, kind: ItemKind])[] = [
  ['messages', 'message'],
  ['statuses', 'status'],
  ['message_echoes', 'echo'],
  ['calls', 'call'],
  ['user_preferences', 'notice'],
  ['errors', 'notice'],
];

function itemsOf(change: unknown, receivedAt: number): RawItem[] {
  const value = objectIn(objectIn(change)?.['value']);
  if (!value) return [itemFor('unreadable', change, {}, receivedAt)];
  const items: RawItem[] = [];
  for (const [name, kind] of lists) {
    const list = value[name];
    if (Array.isArray(list)) for (const element of list) items.push(itemFor(kind, element, value, receivedAt));
    else if (list !== undefined) items.push(itemFor('unreadable', list, value, receivedAt));
  }
  items.push(...historyOf(value).map((message) => itemFor('history', message, value, receivedAt)));
  // Template, quality and account news carry their facts in the value itself.
  if (items.length === 0) items.push(itemFor('notice', change, value, receivedAt));
  return items;
}

/** Old messages come once, in chunks: `history[].threads[].messages[]`. */
function historyOf(value: Json): unknown[] {
  const listOf = (from: unknown, name: string): unknown[] => {
    const list = objectIn(from)?.[name];
    return Array.isArray(list) ? list : [];
  };
  return listOf(value, 'history').flatMap((chunk) =>
    listOf(chunk, 'threads').flatMap((thread) =>
      listOf(thread, 'messages').map((message) => ({ ...objectIn(message), thread_id: textIn(thread, 'id') })),
    ),
  );
}

function itemFor(given: ItemKind, value: unknown, change: Json, receivedAt: number): RawItem {
  const element = objectIn(value);
  const kind = element ? given : 'unreadable';
  const metadata = objectIn(change['metadata']) ?? {};
  const phoneNumberId = textIn(metadata, 'phone_number_id');
  const contacts = listIn(change, 'contacts');
  const content: WhatsAppItem = {
    kind,
    value,
    metadata,
    contacts: kind === 'message' ? relevant(contacts, element) : [],
    receivedAt,
  };
  return {
    dedupeKey: dedupeKeyOf(kind, element, value, phoneNumberId),
    ...(element ? { orderKey: orderKeyOf(kind, element) } : {}),
    ...(phoneNumberId ? { routeKey: phoneNumberId } : {}),
    content: { json: content },
  };
}

/** A batch may name a thousand people: each message keeps only its own. */
function relevant(contacts: readonly Json[], message: Json | undefined): Json[] {
  if (contacts.length <= 1) return [...contacts];
  const ids = [textIn(message, 'from'), textIn(message, 'from_user_id')];
  return contacts.filter((one) =>
    [textIn(one, 'wa_id'), textIn(one, 'user_id')].some((id) => id !== undefined && ids.includes(id)),
  );
}

/** Retries go out for days: the channel's own ids tell a repeat; what has none is known by its content. */
function dedupeKeyOf(kind: ItemKind, element: Json | undefined, value: unknown, phoneNumberId = ''): string {
  const id = textIn(element, 'id');
  const named = (...words: (string | undefined)[]) => [kind, phoneNumberId, ...words.filter(Boolean)].join(':');
  if (id && (kind === 'message' || kind === 'echo' || kind === 'history')) return named(id);
  if (id && kind === 'status') return named(id, textIn(element, 'status'), textIn(element, 'recipient_participant_id'));
  if (id && kind === 'call') return named(id, textIn(element, 'event'));
  return named(createHash('sha256').update(JSON.stringify(value)).digest('hex'));
}

/** Things about one person stay in order; which of the person's ids are given may differ, so the most stable is taken. */
function orderKeyOf(kind: ItemKind, element: Json): string {
  if (kind === 'status') return textIn(element, 'recipient_id') ?? textIn(element, 'recipient_user_id') ?? 'status';
  if (kind === 'echo') return textIn(element, 'to') ?? 'echo';
  return (
    textIn(element, 'group_id') ??
    threadKeyOf(textIn(element, 'from')) ??
    textIn(element, 'from_user_id') ??
    textIn(element, 'wa_id') ??
    kind
  );
}

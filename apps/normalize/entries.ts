import type { Capabilities, ChannelEvent, ContactFacts } from '@parley/connector';
import type { NewEntry } from '@parley/event-log';
import {
  type Author,
  contactId,
  type DeliveryEntry,
  deliveryEntrySchema,
  type InboundEntry,
  type InboundMessage,
  inboundEntrySchema,
  messageId,
  type Part,
  type RawInbound,
  type ReplyWindow,
} from '@parley/model';
import { storable } from './storable';

/** What one event becomes. */
export type Outcome =
  | ({ readonly topic: 'inbound.message' } & NewEntry<'inbound.message'>)
  | ({ readonly topic: 'outbound.delivery' } & NewEntry<'outbound.delivery'>);

/** What was found out about an event beside what it says itself. */
export interface Findings {
  readonly conversationId: string;
  /** Media re-hosted. */
  readonly parts: readonly Part[];
  /** Which one this is of the messages of its item that have the same external id. */
  readonly part: number;
}

type Event<K extends ChannelEvent['kind']> = Extract<ChannelEvent, { kind: K }>;
type ThreadEvent = Exclude<ChannelEvent, { kind: 'receipt' }>;

/** @throws ZodError when a connector made something that is no entry. */
export function threadOutcome(raw: RawInbound, event: ThreadEvent, found: Findings, capabilities: Capabilities): Outcome {
  const entry = inboundEntrySchema.parse(storable(inboundEntry(raw, event, found, capabilities)));
  return { topic: 'inbound.message', key: found.conversationId, entry };
}

/** @throws ZodError as above. */
export function receiptOutcome(raw: RawInbound, event: Event<'receipt'>): Outcome {
  const { merchantId, accountId, channel } = raw;
  const { externalId, messageId = null, state, error = null } = event;
  if (externalId === null && messageId === null) throw new TypeError('A receipt for no message');
  const entry: DeliveryEntry = {
    kind: 'receipt',
    merchantId,
    accountId,
    channel,
    externalId,
    messageId,
    state,
    error,
    at: timeOf(event.at, raw),
  };
  return {
    topic: 'outbound.delivery',
    key: `${accountId}/${externalId ?? messageId}`,
    entry: deliveryEntrySchema.parse(storable(entry)),
  };
}

function inboundEntry(raw: RawInbound, event: ThreadEvent, found: Findings, capabilities: Capabilities): InboundEntry {
  const { merchantId, accountId, channel, receivedAt } = raw;
  const base = { merchantId, accountId, channel, conversationId: found.conversationId, receivedAt };
  switch (event.kind) {
    case 'message':
      return { ...base, kind: 'message', ...messageOf(raw, event, found, capabilities) };
    case 'reaction': {
      const { targetExternalId, emoji } = event;
      // Whose message it is, ours or theirs, is known where they are stored.
      return {
        ...base,
        kind: 'reaction',
        targetMessageId: null,
        targetExternalId,
        emoji,
        author: authorOf(event.author),
        at: timeOf(event.at, raw),
      };
    }
    case 'edit':
      return {
        ...base,
        kind: 'edit',
        targetExternalId: event.targetExternalId,
        parts: atLeastOne(found.parts),
        at: timeOf(event.at, raw),
      };
    case 'recall':
      return { ...base, kind: 'recall', targetExternalId: event.targetExternalId, at: timeOf(event.at, raw) };
    case 'thread': {
      const { orders, replyWindow, contact, thread } = event;
      return {
        ...base,
        kind: 'thread',
        ...(orders ? { orders: [...orders] } : {}),
        ...(replyWindow ? { replyWindow } : {}),
        ...(contact ? { contact } : {}),
        address: thread.address,
        at: timeOf(event.at, raw),
      };
    }
  }
}

function messageOf(
  raw: RawInbound,
  event: Event<'message'>,
  found: Findings,
  capabilities: Capabilities,
): Omit<InboundMessage, 'kind' | 'merchantId' | 'accountId' | 'channel' | 'conversationId' | 'receivedAt'> {
  const { externalId, thread, direction = 'inbound', contact } = event;
  const sentAt = timeOf(event.sentAt, raw);
  return {
    messageId: messageId(raw.accountId, externalId, found.part),
    merchantLanguage: raw.merchantLanguage,
    externalId,
    direction,
    author: authorOf(event.author),
    contact: contactOf(raw.accountId, contact),
    parts: atLeastOne(found.parts),
    languageHint: event.languageHint ?? contact.language ?? null,
    replyToExternalId: event.replyToExternalId ?? null,
    clientKey: event.clientKey ?? null,
    subject: thread.subject ?? null,
    address: thread.address,
    replyWindow: event.replyWindow ?? windowAfter(direction, sentAt, capabilities),
    orders: [...(event.orders ?? [])],
    automatic: event.automatic ?? false,
    attributes: { ...event.attributes },
    sentAt,
  };
}

/** A word of the buyer opens the window; a word of the shop opens nothing. */
function windowAfter(direction: 'inbound' | 'outbound', sentAt: string, { replyWindow }: Capabilities): ReplyWindow {
  if (!replyWindow) return { openUntil: null, then: 'free' };
  const openMs = direction === 'inbound' ? replyWindow.hours * 3_600_000 : 0;
  return { openUntil: new Date(Date.parse(sentAt) + openMs).toISOString(), then: replyWindow.then };
}

const authorOf = ({ kind, id, name }: Event<'message'>['author']): Author => ({ kind, id, name: name ?? null });

const contactOf = (accountId: string, contact: ContactFacts): InboundMessage['contact'] => ({
  id: contactId(accountId, contact.address),
  address: contact.address,
  name: contact.name ?? null,
  country: contact.country ?? null,
  language: contact.language ?? null,
  timeZone: contact.timeZone ?? null,
  verified: contact.verified ?? false,
});

/** Nothing unknown is dropped: an empty message is shown as one. */
const atLeastOne = (parts: readonly Part[]): Part[] =>
  parts.length > 0 ? [...parts] : [{ kind: 'unsupported', summary: 'A message without content', rawType: 'empty' }];

const EARLIEST_MS = Date.UTC(1990, 0, 1);
const LATEST_MS = Date.UTC(2200, 0, 1);

/** The channel's clock, where it says something that can be; else ours. */
function timeOf(at: Date, raw: RawInbound): string {
  const ms = at instanceof Date ? at.getTime() : Number.NaN;
  return ms >= EARLIEST_MS && ms <= LATEST_MS ? new Date(ms).toISOString() : raw.receivedAt;
}

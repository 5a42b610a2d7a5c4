import { createHash } from 'node:crypto';
import {
  type DeliveryEntry,
  type InboundEntry,
  type InboundMessage,
  type InboundTranslated,
  messageId,
  type OutboundMessage,
  type OutboundTranslated,
} from '@parley/model';
import { externalKey } from '../rows/external-ids';

type Inbound<K extends InboundEntry['kind']> = Extract<InboundEntry, { kind: K }>;
type Delivered<K extends DeliveryEntry['kind']> = Extract<DeliveryEntry, { kind: K }>;

/** A stored message answers another one that is not known yet. */
export interface ReplyLink {
  readonly merchantId: string;
  readonly accountId: string;
  readonly messageId: string;
  readonly toExternalId: string;
}

/**
 * What an entry of any topic tells the view. One path takes them all, because each may come before that which it is
 * about: then it waits (early.ts) and is taken in right after it.
 */
export type Fact =
  | { readonly kind: 'message'; readonly entry: InboundMessage }
  /** A message of the shop as the channel shows it: one that we sent, or one sent elsewhere. `late`: it has waited long enough. */
  | { readonly kind: 'echo'; readonly entry: InboundMessage; readonly late?: boolean }
  | { readonly kind: 'reaction'; readonly entry: Inbound<'reaction'> }
  | { readonly kind: 'edit'; readonly entry: Inbound<'edit'> }
  | { readonly kind: 'recall'; readonly entry: Inbound<'recall'> }
  | { readonly kind: 'thread'; readonly entry: Inbound<'thread'> }
  | { readonly kind: 'link'; readonly entry: ReplyLink }
  | { readonly kind: 'translated'; readonly entry: InboundTranslated }
  | { readonly kind: 'reply'; readonly entry: OutboundMessage }
  | { readonly kind: 'reply-translated'; readonly entry: OutboundTranslated }
  | { readonly kind: 'state'; readonly entry: Delivered<'state'> }
  | { readonly kind: 'receipt'; readonly entry: Delivered<'receipt'> };

/** The facts that bring a message, and its conversation where there is none yet. */
export type Bringing = Extract<Fact, { kind: 'message' | 'echo' | 'reply' | 'reply-translated' }>;
export const brings = (fact: Fact): fact is Bringing =>
  fact.kind === 'message' || fact.kind === 'echo' || fact.kind === 'reply' || fact.kind === 'reply-translated';

export function inboundFact(entry: InboundEntry): Fact {
  if (entry.kind === 'message') return { kind: entry.direction === 'outbound' ? 'echo' : 'message', entry };
  return { kind: entry.kind, entry } as Fact;
}
export const deliveryFact = (entry: DeliveryEntry): Fact => ({ kind: entry.kind, entry }) as Fact;

/** A message named by our id, by an id of the channel, or both. */
export interface About {
  readonly merchantId: string;
  readonly accountId: string;
  readonly messageId: string | null;
  readonly externalId: string | null;
}

/** The message a fact is about, besides the one it brings; null: none. */
export function aboutOf(fact: Fact): About | null {
  const { merchantId, accountId } = fact.entry;
  const about = (messageId: string | null, externalId: string | null): About | null =>
    messageId === null && externalId === null ? null : { merchantId, accountId, messageId, externalId };
  switch (fact.kind) {
    case 'message':
      return about(null, fact.entry.replyToExternalId);
    case 'echo':
      return about(ownKey(fact.entry), fact.entry.externalId);
    case 'reaction':
      return about(fact.entry.targetMessageId, fact.entry.targetExternalId);
    case 'edit':
    case 'recall':
      return about(null, fact.entry.targetExternalId);
    case 'link':
      return about(null, fact.entry.toExternalId);
    case 'translated':
    case 'state':
      return about(fact.entry.messageId, null);
    case 'receipt':
      return about(fact.entry.messageId, fact.entry.externalId);
    case 'thread':
    case 'reply':
    case 'reply-translated':
      return null;
  }
}

/** Our id as the channel echoes it back; other client keys are not ours. */
export const ownKey = (entry: InboundMessage): string | null =>
  entry.direction === 'outbound' && entry.clientKey?.startsWith('msg_') ? entry.clientKey : null;

/** The id that a message of the channel's own has; those that we sent are known by `message_external_ids`. */
export const derivedId = (about: About): string | null =>
  about.externalId === null ? null : messageId(about.accountId, about.externalId);

/** What a waiting fact waits for: the text says it all, with merchant and account before it. */
export type Target = string;
const target = (entry: { merchantId: string; accountId: string }, what: string): Target =>
  `${entry.merchantId}\n${entry.accountId}\n${what}`;
type Owner = { readonly merchantId: string; readonly accountId: string };
export const messageTarget = (owner: Owner, id: string): Target => target(owner, `message:${externalKey(id)}`);
export const externalTarget = (owner: Owner, externalId: string): Target => target(owner, `external:${externalKey(externalId)}`);
export const conversationTarget = (owner: Owner, id: string): Target => target(owner, `conversation:${id}`);
/** Waits until no reply of the conversation is on its way any more. */
export const idleTarget = (owner: Owner, conversationId: string): Target => target(owner, `idle:${conversationId}`);

export function targetOf(about: About): Target {
  if (about.messageId !== null) return messageTarget(about, about.messageId);
  return externalTarget(about, about.externalId ?? '');
}

/** Every name a message may be waited for under. */
export const namesOf = (about: About): Target[] => [
  ...(about.messageId === null ? [] : [messageTarget(about, about.messageId)]),
  ...(about.externalId === null ? [] : [externalTarget(about, about.externalId)]),
];

/** What a fact may be waited for. */
export function providedBy(fact: Fact): Target[] {
  switch (fact.kind) {
    case 'message':
    case 'echo':
      return [
        messageTarget(fact.entry, fact.entry.messageId),
        externalTarget(fact.entry, fact.entry.externalId),
        conversationTarget(fact.entry, fact.entry.conversationId),
      ];
    case 'reply':
    case 'reply-translated':
      return [messageTarget(fact.entry, fact.entry.messageId), conversationTarget(fact.entry, fact.entry.conversationId)];
    case 'edit':
      return [messageTarget(fact.entry, messageId(fact.entry.accountId, fact.entry.targetExternalId))];
    case 'state':
      return fact.entry.externalIds.map((id) => externalTarget(fact.entry, id));
    case 'receipt':
      return fact.entry.messageId !== null && fact.entry.externalId !== null
        ? [externalTarget(fact.entry, fact.entry.externalId)]
        : [];
    default:
      return [];
  }
}

/** The same fact has the same id, so that a repeat waits once. */
export const factId = (fact: Fact): string =>
  createHash('sha256')
    .update(`${fact.kind}\n${JSON.stringify(fact.entry)}`)
    .digest('base64url')
    .slice(0, 27);

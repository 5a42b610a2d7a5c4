import type {
  DeliveryEntry,
  EntryOf,
  InboundEntry,
  InboundTranslated,
  Message,
  OutboundMessage,
  OutboundTranslated,
} from '@parley/model';
import { loadOldEchoes } from './flow/early';
import { deliveryFact, type Fact, inboundFact } from './flow/facts';
import { takeIn } from './flow/take-in';
import { storable, storableTime } from './storable';
import type { Transaction } from './transactions';

/** The topics that are about messages. */
export type ViewTopic =
  | 'inbound.message'
  | 'inbound.translated'
  | 'outbound.message'
  | 'outbound.translated'
  | 'outbound.delivery';

/**
 * What the log says, as the view takes it. A NUL or half a character in one entry would fail the statement that stores all.
 * Entries of several topics and partitions may be taken in together; each partition's are in their order.
 */
export async function storeEntries(
  tx: Transaction,
  batches: readonly { readonly topic: ViewTopic; readonly entries: readonly EntryOf<ViewTopic>[] }[],
): Promise<void> {
  await takeIn(
    tx,
    batches.flatMap(({ topic, entries }) => factsOf(topic, entries)),
  );
}

function factsOf(topic: ViewTopic, entries: readonly EntryOf<ViewTopic>[]): Fact[] {
  const clean = entries.map((entry) => storable(entry));
  switch (topic) {
    case 'inbound.message': {
      const now = new Date().toISOString();
      return (clean as InboundEntry[]).map((entry) => inboundFact({ ...entry, receivedAt: storableTime(entry.receivedAt, now) }));
    }
    case 'inbound.translated':
      return (clean as InboundTranslated[]).map((entry) => ({ kind: 'translated', entry }));
    case 'outbound.message':
      return (clean as OutboundMessage[]).map((entry) => ({ kind: 'reply', entry }));
    case 'outbound.translated':
      return (clean as OutboundTranslated[]).map((entry) => ({ kind: 'reply-translated', entry }));
    case 'outbound.delivery':
      return (clean as DeliveryEntry[]).map(deliveryFact);
  }
}

export const storeInbound = (tx: Transaction, entries: readonly InboundEntry[]): Promise<void> =>
  storeEntries(tx, [{ topic: 'inbound.message', entries }]);

/** @returns the messages as they are now, in the order of the entries. */
export async function storeOutbound(tx: Transaction, entries: readonly OutboundMessage[]): Promise<Message[]> {
  const clean = entries.map((entry) => storable(entry));
  const workspace = await takeIn(
    tx,
    clean.map((entry) => ({ kind: 'reply', entry })),
  );
  return clean.flatMap((entry) => workspace.message(entry.merchantId, entry.messageId)?.message ?? []);
}

export const attachTranslations = (tx: Transaction, entries: readonly InboundTranslated[]): Promise<void> =>
  storeEntries(tx, [{ topic: 'inbound.translated', entries }]);

export const attachOutbound = (tx: Transaction, entries: readonly OutboundTranslated[]): Promise<void> =>
  storeEntries(tx, [{ topic: 'outbound.translated', entries }]);

export const applyDelivery = (tx: Transaction, entries: readonly DeliveryEntry[]): Promise<void> =>
  storeEntries(tx, [{ topic: 'outbound.delivery', entries }]);

/**
 * Echoes that have waited since before this time for a reply to turn out to be theirs: none did, the shop sent them elsewhere.
 * Run it for '*'. @returns how many there were; call it again while it is `limit`.
 */
export async function settleEchoes(tx: Transaction, before: Date, limit: number): Promise<number> {
  const waiting = await loadOldEchoes(tx.client, before, limit);
  const workspace = await takeIn(
    tx,
    waiting.map(({ fact }) => fact),
  );
  await workspace.forget(waiting);
  return waiting.length;
}

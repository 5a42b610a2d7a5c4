import type { DeliveryEntry, InboundEntry, InboundTranslated, Message, OutboundMessage, OutboundTranslated } from '@parley/model';
import { loadOldEchoes } from './flow/early';
import { deliveryFact, inboundFact } from './flow/facts';
import { takeIn } from './flow/take-in';
import { storable, storableTime } from './storable';
import type { Transaction } from './transactions';

/** What the log says, as the view takes it. A NUL or half a character in one entry would fail the statement that stores all. */
export async function storeInbound(tx: Transaction, entries: readonly InboundEntry[]): Promise<void> {
  const now = new Date().toISOString();
  const facts = entries.map((entry) => {
    const clean = storable(entry);
    return inboundFact({ ...clean, receivedAt: storableTime(clean.receivedAt, now) });
  });
  await takeIn(tx, facts);
}

/** @returns the messages as they are now, in the order of the entries. */
export async function storeOutbound(tx: Transaction, entries: readonly OutboundMessage[]): Promise<Message[]> {
  const clean = entries.map((entry) => storable(entry));
  const workspace = await takeIn(
    tx,
    clean.map((entry) => ({ kind: 'reply', entry })),
  );
  return clean.flatMap((entry) => workspace.message(entry.merchantId, entry.messageId)?.message ?? []);
}

export async function attachTranslations(tx: Transaction, entries: readonly InboundTranslated[]): Promise<void> {
  await takeIn(
    tx,
    entries.map((entry) => ({ kind: 'translated', entry: storable(entry) })),
  );
}

export async function attachOutbound(tx: Transaction, entries: readonly OutboundTranslated[]): Promise<void> {
  await takeIn(
    tx,
    entries.map((entry) => ({ kind: 'reply-translated', entry: storable(entry) })),
  );
}

export async function applyDelivery(tx: Transaction, entries: readonly DeliveryEntry[]): Promise<void> {
  await takeIn(
    tx,
    entries.map((entry) => deliveryFact(storable(entry))),
  );
}

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

import type { AccountFacts, ChannelEvent } from '@parley/connector';
import { packAddressOf } from '../address';
import type { Settings } from '../settings';
import type { RawOf } from '../shapes';
import { timeOf } from './buyer';
import { windowOf } from './messages';
import { orderRef } from './order-ref';

/** What stands beside the conversation of an order. */
export function orderFacts(raw: RawOf<'order'>, account: AccountFacts<Settings>): ChannelEvent {
  const { order, shipment, status, base } = raw;
  const packId = order.pack_id ?? order.id;
  const address = packAddressOf(packId, raw.partner ?? null, account.settings.siteId, base);
  return {
    kind: 'thread',
    thread: { key: `pack:${packId}`, address: { ...address } },
    orders: [orderRef(order, shipment ? [shipment] : [])],
    ...(status ? { replyWindow: windowOf(status) } : {}),
    at: timeOf(raw.readAt),
  };
}

import { createHash } from 'node:crypto';
import type { RawItem } from '@parley/connector';
import type { Base } from '../address';
import { type Context, readOrNull } from '../api';
import { latest, orderOf, partnerIn, shipmentsOf } from './pack';

/** An order that changes may open or close its conversation, as a delivered parcel does. */
export async function readOrder(orderId: string, base: Base, context: Context): Promise<readonly RawItem[]> {
  const order = await orderOf(orderId, base, context);
  if (!order) return [];
  const packId = String(order['pack_id'] ?? order['id']);
  const [shipment = null] = await shipmentsOf([order], context);
  const { status, messages } = await latest(packId, base, context);
  const partner = partnerIn(messages, context.account.settings.sellerId);
  const facts = [
    order['status'],
    order['last_updated'],
    shipment?.['status'],
    shipment?.['substatus'],
    shipment?.['tracking_number'],
    status?.['status'],
    status?.['substatus'],
    partner,
  ];
  const digest = createHash('sha256').update(JSON.stringify(facts)).digest('base64url');
  const readAt = new Date(context.now()).toISOString();
  return [
    {
      dedupeKey: `order|${order['id']}|${digest}`,
      orderKey: `pack:${packId}`,
      content: { json: { kind: 'order', base, order, shipment, status, partner, readAt } },
    },
  ];
}

export async function readShipment(shipmentId: string, context: Context): Promise<readonly RawItem[]> {
  const shipment = await readOrNull(context, `/shipments/${shipmentId}`);
  return shipment?.order_id ? readOrder(String(shipment.order_id), '', context) : [];
}

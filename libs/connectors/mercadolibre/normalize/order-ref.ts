import type { OrderRef } from '@parley/model';
import type { Order, Shipment } from '../shapes';
import { timeOf } from './buyer';

export function orderRef(order: Order, shipments: readonly Shipment[]): OrderRef {
  const parcel = shipments.find((shipment) => shipment.id === order.shipping?.id);
  return {
    id: order.id,
    number: order.id,
    state: parcel?.status ?? order.status ?? null,
    placedAt: order.date_created ? timeOf(order.date_created).toISOString() : null,
    total: amount(order.total_amount),
    currency: order.currency_id ?? null,
    items: order.order_items.map(({ item, quantity, unit_price: price }) => ({
      title: item.title ?? item.id ?? '',
      quantity: quantity ?? 1,
      sku: item.seller_sku ?? null,
      variant: item.variation_attributes.flatMap(({ value_name: value }) => (value ? [value] : [])).join(', ') || null,
      price: amount(price),
      image: null,
      url: null,
    })),
    tracking: parcel?.tracking_number
      ? [{ number: parcel.tracking_number, carrier: parcel.tracking_method ?? null, state: parcel.status ?? null, url: null }]
      : [],
    url: null,
  };
}

const amount = (value: number | null | undefined): string | null =>
  value === null || value === undefined ? null : String(value);

export const firstTitle = (orders: readonly Order[]): string | null => orders[0]?.order_items[0]?.item.title ?? null;

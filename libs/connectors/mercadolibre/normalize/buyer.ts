import type { ContactFacts } from '@parley/connector';
import { isAssistant, sites } from '../settings';
import type { Order } from '../shapes';

/** The buyer is whom the order names: between the two an assistant may speak. */
export function buyerOf(
  orders: readonly Order[],
  { partner, siteId, otherwise }: { readonly partner: string | null; readonly siteId: string; readonly otherwise: string },
): ContactFacts {
  const buyer = orders.find((order) => order.buyer)?.buyer;
  const name = [buyer?.first_name, buyer?.last_name].filter(Boolean).join(' ') || buyer?.nickname || null;
  const address = buyer?.id ?? (isAssistant(partner) ? null : partner) ?? otherwise;
  return { address, name, ...placeOf(siteId) };
}

/** What the site tells of the people who buy there. */
export function placeOf(siteId: string): Pick<ContactFacts, 'country' | 'timeZone' | 'language'> {
  const { country = null, timeZone = null, language = null } = sites[siteId] ?? {};
  return { country, timeZone, language };
}

/** Times carry an offset or are UTC; one that cannot be read must not move a message through time: it is the epoch's. */
export function timeOf(text: string | null | undefined): Date {
  const at = Date.parse(text ?? '');
  return new Date(Number.isNaN(at) ? 0 : at);
}

import { type AccountFacts, ChannelError, type ContactFacts, type NewThread, type ThreadRef } from '@parley/connector';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { WhatsAppSettings } from './settings';
import { type Json, objectIn, textIn, threadKeyOf } from './wire';

/**
 * Who a person is. WhatsApp knows people by a number (`wa_id`) and by a business-scoped user id; either may be missing.
 * The number names the thread where it is known, because a conversation that the shop starts knows nothing else; the user
 * id is remembered as another name of the thread, for the day the number is hidden.
 */
export interface Person {
  readonly waId?: string;
  readonly userId?: string;
  readonly groupId?: string;
  readonly name?: string;
}

/** How to answer: exactly the ids that were received, never ones made from them. */
export interface WhatsAppAddress {
  readonly [field: string]: unknown;
  readonly to?: string;
  readonly recipient?: string;
  readonly group?: string;
}

export function senderOf(message: Json, contacts: readonly Json[]): Person {
  const from = textIn(message, 'from');
  const fromUser = textIn(message, 'from_user_id');
  const matches = (contact: Json) =>
    (from !== undefined && textIn(contact, 'wa_id') === from) ||
    (fromUser !== undefined && textIn(contact, 'user_id') === fromUser);
  const namesNobody = from === undefined && fromUser === undefined;
  const contact = contacts.find(matches) ?? (namesNobody ? contacts[0] : undefined);
  const profile = objectIn(contact?.['profile']);
  return {
    waId: from ?? textIn(contact, 'wa_id'),
    userId: fromUser ?? textIn(contact, 'user_id'),
    groupId: textIn(message, 'group_id'),
    name: textIn(profile, 'name') ?? textIn(profile, 'username'),
  };
}

/** @throws TypeError when there is nobody: such an item is parked. */
export function threadOf({ waId, userId, groupId }: Person): ThreadRef {
  if (groupId) return { key: `group:${groupId}`, address: { group: groupId } };
  const key = threadKeyOf(waId) ?? userId;
  if (key === undefined) throw new TypeError('A WhatsApp message without sender');
  return { key, aliases: aliasesOf({ waId, userId }), address: addressOf({ waId, userId }) };
}

export const aliasesOf = ({ waId, userId }: Person): string[] => [
  ...(userId ? [`user:${userId}`] : []),
  ...(waId ? [`wa:${threadKeyOf(waId)}`] : []),
];

export const addressOf = ({ waId, userId }: Person): WhatsAppAddress => ({
  ...(waId ? { to: waId } : {}),
  ...(userId ? { recipient: userId } : {}),
});

export function contactOf({ waId, userId, groupId, name }: Person): ContactFacts {
  if (groupId) return { address: `group:${groupId}`, name: null };
  return { address: waId ?? userId ?? '', name: name ?? null, country: countryOf({ waId, userId }), verified: true };
}

function countryOf({ waId, userId }: Person): string | null {
  const byNumber = waId && /^\d{7,15}$/.test(waId) ? parsePhoneNumberFromString(`+${waId}`)?.country : undefined;
  return byNumber ?? /^([A-Z]{2})\./.exec(userId ?? '')?.[1] ?? null;
}

/** A person the shop has a phone number or user id of, but no word from yet. */
export function newThreadTo(
  to: { readonly address: string; readonly name?: string | null },
  _account: AccountFacts<WhatsAppSettings>,
): NewThread {
  const userId = /^[A-Z]{2}\.[A-Za-z0-9.]{1,132}$/.exec(to.address.trim())?.[0];
  const digits = to.address.replace(/[\s().+-]/g, '');
  const isPhone = /^[+\d\s().-]+$/.test(to.address) && /^[1-9]\d{6,14}$/.test(digits);
  if (!userId && !isPhone)
    throw new ChannelError('rejected', 'This is no phone number with country code, nor a WhatsApp user id.', {
      code: 'address-invalid',
    });
  const person: Person = userId ? { userId } : { waId: digits };
  return { thread: threadOf(person), contactAddress: userId ?? digits };
}

import { fromJsonColumn, jsonColumn } from '../columns';
import type { Queryable } from '../event-stream';
import type { FactsAt } from './facts-at';
import type { RowKey } from './message-rows';

/** A contact as it is in its table; changed in place. */
export interface StoredContact extends RowKey {
  name: string | null;
  language: string | null;
  country: string | null;
  timeZone: string | null;
  vip: boolean;
  factsAt: FactsAt;
}

interface ContactRow {
  merchant_id: string;
  id: string;
  name: string | null;
  language: string | null;
  country: string | null;
  time_zone: string | null;
  vip: boolean;
  facts_at: FactsAt;
}

const LOAD = `SELECT c.merchant_id, c.id, c.name, c.language, c.country, c.time_zone, c.vip, c.facts_at
FROM unnest($1::text[], $2::text[]) AS k(merchant_id, id)
JOIN conversations.contacts c ON c.merchant_id = k.merchant_id AND c.id = k.id`;

async function load(client: Queryable, name: string, text: string, keys: readonly RowKey[]): Promise<StoredContact[]> {
  if (keys.length === 0) return [];
  const values = [keys.map((key) => key.merchantId), keys.map((key) => key.id)];
  const { rows } = await client.query<ContactRow>({ name, text, values });
  return rows.map((row) => ({
    merchantId: row.merchant_id,
    id: row.id,
    name: row.name,
    language: row.language,
    country: row.country,
    timeZone: row.time_zone,
    vip: row.vip,
    factsAt: row.facts_at,
  }));
}

export const loadContacts = (client: Queryable, keys: readonly RowKey[]) => load(client, 'contacts-load', LOAD, keys);
export const lockContacts = (client: Queryable, keys: readonly RowKey[]) =>
  load(client, 'contacts-lock', `${LOAD} ORDER BY c.merchant_id, c.id FOR UPDATE OF c`, keys);

/** @returns the keys of those that were not there. */
export async function insertContacts(client: Queryable, keys: readonly RowKey[]): Promise<RowKey[]> {
  const { rows } = await client.query<{ merchant_id: string; id: string }>({
    name: 'contacts-insert',
    text: `INSERT INTO conversations.contacts (merchant_id, id)
      SELECT merchant_id, id FROM unnest($1::text[], $2::text[]) AS c(merchant_id, id) ORDER BY merchant_id, id
      ON CONFLICT DO NOTHING RETURNING merchant_id, id`,
    values: [keys.map((key) => key.merchantId), keys.map((key) => key.id)],
  });
  return rows.map((row) => ({ merchantId: row.merchant_id, id: row.id }));
}

export async function updateContacts(client: Queryable, contacts: readonly StoredContact[]): Promise<void> {
  if (contacts.length === 0) return;
  await client.query({
    name: 'contacts-update',
    text: `UPDATE conversations.contacts c SET name = n.name, language = n.language, country = n.country, time_zone = n.time_zone,
        facts_at = n.facts_at::jsonb
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], ${fromJsonColumn(7)})
        AS n(merchant_id, id, name, language, country, time_zone, facts_at)
      WHERE c.merchant_id = n.merchant_id AND c.id = n.id`,
    values: [
      contacts.map((contact) => contact.merchantId),
      contacts.map((contact) => contact.id),
      contacts.map((contact) => contact.name),
      contacts.map((contact) => contact.language),
      contacts.map((contact) => contact.country),
      contacts.map((contact) => contact.timeZone),
      jsonColumn(contacts.map((contact) => contact.factsAt)),
    ],
  });
}

export interface Identity {
  readonly merchantId: string;
  readonly accountId: string;
  readonly address: string;
  readonly contactId: string;
  readonly channel: string;
  readonly verified: boolean;
}

/** An address once verified stays so. */
export async function saveIdentities(client: Queryable, identities: readonly Identity[]): Promise<void> {
  if (identities.length === 0) return;
  await client.query({
    name: 'identities-save',
    text: `INSERT INTO conversations.contact_identities AS i (merchant_id, account_id, address, contact_id, channel, verified)
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])
        AS n(merchant_id, account_id, address, contact_id, channel, verified) ORDER BY 1, 2, 3
      ON CONFLICT (merchant_id, account_id, address) DO UPDATE SET verified = true WHERE excluded.verified AND NOT i.verified`,
    values: [
      identities.map((identity) => identity.merchantId),
      identities.map((identity) => identity.accountId),
      identities.map((identity) => identity.address),
      identities.map((identity) => identity.contactId),
      identities.map((identity) => identity.channel),
      identities.map((identity) => identity.verified),
    ],
  });
}

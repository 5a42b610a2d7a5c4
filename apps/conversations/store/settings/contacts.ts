import type { Contact } from '@parley/model';
import type { Queryable } from '../event-stream';
import { DECIDED } from '../rows/facts-at';
import { storable, storableText } from '../storable';

interface ContactRow {
  id: string;
  name: string | null;
  language: string | null;
  country: string | null;
  vip: boolean;
  tags: string[];
  attributes: Contact['attributes'];
  consent: Contact['consent'];
  identities: Contact['identities'];
}

export async function getContact(client: Queryable, merchantId: string, id: string): Promise<Contact | null> {
  const { rows } = await client.query<ContactRow>(
    `SELECT c.id, c.name, c.language, c.country, c.vip, c.tags, c.attributes, c.consent,
       coalesce((SELECT jsonb_agg(jsonb_build_object('accountId', i.account_id, 'channel', i.channel, 'address', i.address,
           'verified', i.verified) ORDER BY i.account_id, i.address)
         FROM conversations.contact_identities i WHERE i.merchant_id = c.merchant_id AND i.contact_id = c.id), '[]') AS identities
     FROM conversations.contacts c WHERE c.merchant_id = $1 AND c.id = $2`,
    [merchantId, storableText(id)],
  );
  return rows[0] ?? null;
}

/** The contact's address on an account, for writing to it first; null when it has none there. */
export async function contactAddress(
  client: Queryable,
  merchantId: string,
  contactId: string,
  accountId: string,
): Promise<{ address: string; name: string | null } | null> {
  const { rows } = await client.query<{ address: string; name: string | null }>(
    `SELECT i.address, c.name FROM conversations.contact_identities i
     JOIN conversations.contacts c ON c.merchant_id = i.merchant_id AND c.id = i.contact_id
     WHERE i.merchant_id = $1 AND i.contact_id = $2 AND i.account_id = $3 ORDER BY i.verified DESC, i.address LIMIT 1`,
    [merchantId, storableText(contactId), accountId],
  );
  return rows[0] ?? null;
}

/** A name given by a person stays, whatever the channel says later. Null: none such. */
export async function patchContact(
  client: Queryable,
  merchantId: string,
  id: string,
  given: { readonly name?: string | null; readonly vip?: boolean; readonly tags?: readonly string[] },
): Promise<Contact | null> {
  const patch = storable(given);
  const { rowCount } = await client.query(
    `UPDATE conversations.contacts SET
       name = CASE WHEN $3 THEN $4 ELSE name END,
       facts_at = CASE WHEN $3 THEN facts_at || jsonb_build_object('name', $5::text) ELSE facts_at END,
       vip = coalesce($6, vip), tags = coalesce($7, tags)
     WHERE merchant_id = $1 AND id = $2`,
    [
      merchantId,
      storableText(id),
      patch.name !== undefined,
      patch.name ?? null,
      DECIDED,
      patch.vip ?? null,
      patch.tags === undefined ? null : [...new Set(patch.tags)],
    ],
  );
  return rowCount === 1 ? getContact(client, merchantId, id) : null;
}

import { createHash, randomBytes } from 'node:crypto';
import { ParleyError } from '@parley/model';
import type { Queryable } from '../event-stream';
import { storable, storableText } from '../storable';
import { type ApiKeyRecord, apiKeys, type MerchantRecord, merchants } from './merchants.tables';

/** Merchants and lookups of keys by hash run in a transaction for '*'. */
export async function createMerchant(
  client: Queryable,
  merchant: Pick<MerchantRecord, 'id' | 'name' | 'language' | 'region'>,
): Promise<MerchantRecord> {
  return stored(await merchants.insert(client, storable(merchant)));
}

export const listMerchants = (client: Queryable): Promise<MerchantRecord[]> =>
  merchants.select(client, 'ORDER BY t.created_at, t.id', []);

export const getMerchant = async (client: Queryable, id: string): Promise<MerchantRecord | null> =>
  (await merchants.select(client, 'WHERE t.id = $1', [storableText(id)]))[0] ?? null;

const KEY_BYTES = 32;
const PREFIX_LENGTH = 8;

/** `pk_` and 32 random bytes, base64url; shown once. */
export const newApiKey = (): string => `pk_${randomBytes(KEY_BYTES).toString('base64url')}`;

/** SHA-256 of the key as it is sent. */
export const hashApiKey = (key: string): Buffer => createHash('sha256').update(key).digest();

export async function insertApiKey(
  client: Queryable,
  given: Pick<ApiKeyRecord, 'id' | 'merchantId' | 'name' | 'scopes' | 'accountIds'> & { readonly key: string },
): Promise<ApiKeyRecord> {
  const { key, id, merchantId, scopes, accountIds } = given;
  const { rows } = await client.query<Record<string, unknown>>(
    `INSERT INTO conversations.api_keys AS t (id, merchant_id, name, prefix, hash, scopes, account_ids)
     VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${apiKeys.selection}`,
    [id, merchantId, storableText(given.name), key.slice(0, PREFIX_LENGTH), hashApiKey(key), scopes, accountIds],
  );
  return stored(rows[0] && apiKeys.recordOf(rows[0]));
}

/** With the merchant it belongs to; null when unknown or revoked. Run for '*': the key is what tells the merchant. */
export async function findApiKey(
  client: Queryable,
  hash: Buffer,
): Promise<{ key: ApiKeyRecord; merchant: MerchantRecord } | null> {
  const [key] = await apiKeys.select(client, 'WHERE t.hash = $1 AND t.revoked_at IS NULL', [hash]);
  const merchant = key && (await getMerchant(client, key.merchantId));
  return merchant ? { key, merchant } : null;
}

export const listApiKeys = (client: Queryable, merchantId: string): Promise<ApiKeyRecord[]> =>
  apiKeys.select(client, 'WHERE t.merchant_id = $1 ORDER BY t.created_at, t.id', [merchantId]);

/** False when there is none that could be. */
export async function revokeApiKey(client: Queryable, merchantId: string, id: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'UPDATE conversations.api_keys SET revoked_at = now() WHERE merchant_id = $1 AND id = $2 AND revoked_at IS NULL',
    [merchantId, storableText(id)],
  );
  return rowCount === 1;
}

/** In sorted order: several processes note the same keys. */
export async function touchApiKeys(client: Queryable, ids: readonly string[]): Promise<void> {
  await client.query(
    `UPDATE conversations.api_keys SET last_used_at = now()
     WHERE id IN (SELECT id FROM conversations.api_keys WHERE id = ANY($1) ORDER BY id FOR UPDATE SKIP LOCKED)`,
    [ids],
  );
}

function stored<T>(record: T | undefined): T {
  if (record === undefined) throw new ParleyError('not-stored', 'The database gave nothing back');
  return record;
}

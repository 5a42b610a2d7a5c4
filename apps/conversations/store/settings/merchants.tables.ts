import { EntitySchema } from 'typeorm';
import { Table, time } from './table';

export interface MerchantRecord {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly region: string | null;
  readonly state: 'active' | 'suspended';
  readonly createdAt: string;
}

export const merchantSchema = new EntitySchema<MerchantRecord>({
  name: 'Merchant',
  schema: 'conversations',
  tableName: 'merchants',
  columns: {
    id: { type: 'text', primary: true },
    name: { type: 'text' },
    language: { type: 'text' },
    region: { type: 'text', nullable: true },
    state: { type: 'text', default: 'active' },
    createdAt: time('created_at', { createDate: true }),
  },
});

export interface ApiKeyRecord {
  readonly id: string;
  readonly merchantId: string;
  readonly name: string;
  /** First 8 characters, to recognise it by. */
  readonly prefix: string;
  readonly scopes: readonly string[];
  /** Null: all accounts. */
  readonly accountIds: readonly string[] | null;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

export const apiKeySchema = new EntitySchema<ApiKeyRecord>({
  name: 'ApiKey',
  schema: 'conversations',
  tableName: 'api_keys',
  columns: {
    id: { type: 'text', primary: true },
    merchantId: { type: 'text', name: 'merchant_id' },
    name: { type: 'text' },
    prefix: { type: 'text' },
    scopes: { type: 'text', array: true },
    accountIds: { type: 'text', array: true, name: 'account_ids', nullable: true },
    createdAt: time('created_at', { createDate: true }),
    lastUsedAt: time('last_used_at', { nullable: true }),
    revokedAt: time('revoked_at', { nullable: true }),
  },
});

export const merchants = new Table(merchantSchema);
export const apiKeys = new Table(apiKeySchema);

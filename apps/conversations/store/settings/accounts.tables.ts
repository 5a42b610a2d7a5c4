import { EntitySchema } from 'typeorm';
import { Table, time } from './table';

export interface AccountRecord {
  readonly id: string;
  readonly merchantId: string;
  readonly channel: string;
  readonly name: string;
  readonly state: 'active' | 'paused' | 'deleted';
  /** Sealed (SecretBox). */
  readonly settings: Buffer;
  /** The same with every secret replaced, for showing. */
  readonly settingsShown: Record<string, unknown>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const accountSchema = new EntitySchema<AccountRecord>({
  name: 'Account',
  schema: 'conversations',
  tableName: 'accounts',
  columns: {
    id: { type: 'text', primary: true },
    merchantId: { type: 'text', name: 'merchant_id' },
    channel: { type: 'text' },
    name: { type: 'text' },
    state: { type: 'text', default: 'active' },
    settings: { type: 'bytea' },
    settingsShown: { type: 'jsonb', name: 'settings_shown' },
    createdAt: time('created_at', { createDate: true }),
    updatedAt: time('updated_at', { updateDate: true }),
  },
});

export const accounts = new Table(accountSchema);

import type { DeadLetter } from '@parley/model';
import { EntitySchema } from 'typeorm';
import { Table, time } from './table';

export type DeadLetterRecord = DeadLetter & { readonly replayedAt: string | null };

export const deadLetterSchema = new EntitySchema<DeadLetterRecord>({
  name: 'DeadLetter',
  schema: 'conversations',
  tableName: 'dead_letters',
  columns: {
    id: { type: 'text', primary: true },
    merchantId: { type: 'text', name: 'merchant_id', nullable: true },
    accountId: { type: 'text', name: 'account_id', nullable: true },
    topic: { type: 'text' },
    partition: { type: 'integer', nullable: true },
    offset: { type: 'text', nullable: true },
    key: { type: 'text' },
    headers: { type: 'jsonb' },
    value: {
      type: 'bytea',
      transformer: {
        from: (bytes: Buffer) => bytes.toString('base64'),
        to: (text: string) => Buffer.from(text, 'base64'),
      },
    },
    app: { type: 'text' },
    reason: { type: 'text' },
    at: time('at'),
    replayedAt: time('replayed_at', { nullable: true }),
  },
});

export const deadLetters = new Table(deadLetterSchema);

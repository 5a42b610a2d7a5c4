import { EntitySchema } from 'typeorm';
import { Table, time } from './table';

export interface GlossaryTerm {
  readonly id: string;
  readonly source: string;
  readonly sourceLanguage: string;
  readonly targets: Readonly<Record<string, string>>;
  readonly doNotTranslate: boolean;
  readonly forbidden: Readonly<Record<string, readonly string[]>>;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const glossarySchema = new EntitySchema<GlossaryTerm & { merchantId: string }>({
  name: 'GlossaryTerm',
  schema: 'conversations',
  tableName: 'glossary',
  columns: {
    merchantId: { type: 'text', name: 'merchant_id', primary: true },
    id: { type: 'text', primary: true },
    source: { type: 'text' },
    sourceLanguage: { type: 'text', name: 'source_language' },
    targets: { type: 'jsonb' },
    doNotTranslate: { type: 'boolean', name: 'do_not_translate' },
    forbidden: { type: 'jsonb' },
    scope: { type: 'jsonb' },
    createdAt: time('created_at', { createDate: true }),
    updatedAt: time('updated_at', { updateDate: true }),
  },
});

export const glossary = new Table(glossarySchema);

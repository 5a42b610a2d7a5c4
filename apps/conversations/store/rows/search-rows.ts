import { type Conversation, describePart, type Part, translatableTexts } from '@parley/model';
import { rawColumn } from '../columns';
import type { Queryable } from '../event-stream';
import { merchantTag, searchTerms } from '../search-terms';

/** One text that can be found: a message as it was said, one of its translations or edits, or a conversation's own facts. */
export interface SearchRow {
  readonly merchantId: string;
  /** Message id, or conversation id. */
  readonly subjectId: string;
  readonly source: string;
  readonly conversationId: string;
  readonly text: string;
}

export const partsText = (parts: readonly Part[]): string => parts.flatMap(textsOf).join('\n');

function textsOf(part: Part): string[] {
  const texts = [describePart(part), ...translatableTexts(part)];
  if (part.kind === 'media' && part.name) texts.push(part.name);
  if (part.kind === 'card') texts.push(part.product ?? '', part.order ?? '');
  if (part.kind === 'contact') texts.push(...part.phones, ...part.emails);
  if (part.kind === 'template') texts.push(...Object.values(part.variables));
  return [...new Set(texts)];
}

export const conversationText = ({ subject, contact, orders }: Conversation, address: string): string =>
  [
    subject ?? '',
    contact.name ?? '',
    address,
    ...orders.flatMap((order) => [
      order.id,
      order.number,
      ...order.items.flatMap((item) => [item.title, item.sku ?? '']),
      ...order.tracking.map((tracking) => tracking.number),
    ]),
  ].join('\n');

/** Terms hold letters, marks and digits only, so that a list of them is a tsvector as it stands. */
export async function saveSearchRows(client: Queryable, texts: readonly SearchRow[]): Promise<void> {
  const rows = texts.map((text) => ({ ...text, terms: termsOf(text) })).filter((row) => row.terms !== '');
  if (rows.length === 0) return;
  await client.query({
    name: 'search-rows-save',
    text: `INSERT INTO conversations.search_rows AS s (merchant_id, subject_id, source, conversation_id, terms)
      SELECT merchant_id, subject_id, source, conversation_id, terms::tsvector
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], string_to_array($5, E'\\x1e'))
        AS n(merchant_id, subject_id, source, conversation_id, terms) ORDER BY 1, 2, 3
      ON CONFLICT (merchant_id, subject_id, source) DO UPDATE SET terms = excluded.terms`,
    values: [
      rows.map((row) => row.merchantId),
      rows.map((row) => row.subjectId),
      rows.map((row) => row.source),
      rows.map((row) => row.conversationId),
      rawColumn(rows.map((row) => row.terms)),
    ],
  });
}

function termsOf({ text, merchantId }: SearchRow): string {
  const tag = merchantTag(merchantId);
  return searchTerms(text)
    .map((term) => `${tag}${term}`)
    .join(' ');
}

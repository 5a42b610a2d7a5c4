import { ParleyError } from '@parley/model';
import { type Page, type PageQuery, pageLimit, pageOf, readCursor } from '../cursor';
import type { Queryable } from '../event-stream';
import { storable, storableText } from '../storable';
import { type GlossaryTerm, glossary } from './glossary.tables';

const LIST = 'glossary';

const termOf = ({ merchantId: _, ...term }: GlossaryTerm & { merchantId: string }): GlossaryTerm => term;

/** Each change grows the merchant's glossary version. */
export async function putGlossaryTerm(
  client: Queryable,
  merchantId: string,
  term: Omit<GlossaryTerm, 'createdAt' | 'updatedAt'>,
): Promise<GlossaryTerm> {
  await growVersion(client, merchantId);
  const onConflict = `ON CONFLICT (merchant_id, id) DO UPDATE SET source = excluded.source, source_language = excluded.source_language,
    targets = excluded.targets, do_not_translate = excluded.do_not_translate, forbidden = excluded.forbidden, scope = excluded.scope,
    updated_at = now()`;
  const record = await glossary.insert(client, { ...storable(term), merchantId }, onConflict);
  if (!record) throw new ParleyError('not-stored', 'The database gave nothing back');
  return termOf(record);
}

export async function deleteGlossaryTerm(client: Queryable, merchantId: string, id: string): Promise<boolean> {
  await growVersion(client, merchantId);
  const { rowCount } = await client.query('DELETE FROM conversations.glossary WHERE merchant_id = $1 AND id = $2', [
    merchantId,
    storableText(id),
  ]);
  return rowCount === 1;
}

const growVersion = (client: Queryable, merchantId: string) =>
  client.query('UPDATE conversations.merchants SET glossary_version = glossary_version + 1 WHERE id = $1', [merchantId]);

/** Oldest first. @throws CursorError */
export async function listGlossary(client: Queryable, merchantId: string, page: PageQuery): Promise<Page<GlossaryTerm>> {
  const place = readCursor(LIST, merchantId, page.cursor);
  const limit = pageLimit(page.limit);
  const records = await glossary.select(
    client,
    `WHERE t.merchant_id = $1 AND ($2::timestamptz IS NULL OR (date_trunc('milliseconds', t.created_at), t.id) > ($2, $3))
     ORDER BY date_trunc('milliseconds', t.created_at), t.id LIMIT $4`,
    [merchantId, place?.at ?? null, place?.id ?? null, limit + 1],
  );
  return pageOf(LIST, merchantId, records.map(termOf), limit, ({ createdAt, id }) => ({ at: createdAt, id }));
}

export async function getGlossaryTerm(client: Queryable, merchantId: string, id: string): Promise<GlossaryTerm | null> {
  const [record] = await glossary.select(client, 'WHERE t.merchant_id = $1 AND t.id = $2', [merchantId, storableText(id)]);
  return record ? termOf(record) : null;
}

export async function glossaryVersion(client: Queryable, merchantId: string): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    'SELECT glossary_version AS version FROM conversations.merchants WHERE id = $1',
    [merchantId],
  );
  return rows[0]?.version ?? 0;
}

import type { Client } from 'pg';
import { escapeIdentifier } from 'pg';
import { DECIDED } from '../../../conversations/store/rows/facts-at';
import { type ViewTable, viewTables } from './view-tables';

const same = ({ key }: ViewTable): string => key.map((column) => `c.${column} = b.${column}`).join(' AND ');

/** Takes over from the view as it was what the log does not say. */
export async function keep(client: Client): Promise<void> {
  for (const table of viewTables) {
    if (table.kept.length === 0) continue;
    const columns = table.kept.map((column) => `${escapeIdentifier(column)} = b.${escapeIdentifier(column)}`).join(', ');
    await client.query(`UPDATE conversations.${table.name} c SET ${columns} FROM before.${table.name} b WHERE ${same(table)}`);
  }
  await client.query(DECISIONS);
  await client.query(LET_GO);
}

/**
 * Facts that a person decided, or gave when the shop opened the conversation; and what can be searched for because of them.
 */
const DECISIONS = `
UPDATE conversations.contacts c SET name = b.name, facts_at = c.facts_at || jsonb_build_object('name', '${DECIDED}')
FROM before.contacts b WHERE (c.merchant_id, c.id) = (b.merchant_id, b.id) AND b.facts_at->>'name' = '${DECIDED}';

UPDATE conversations.contacts c SET name = coalesce(c.name, b.name), language = coalesce(c.language, b.language),
  country = coalesce(c.country, b.country), time_zone = coalesce(c.time_zone, b.time_zone)
FROM before.contacts b WHERE (c.merchant_id, c.id) = (b.merchant_id, b.id)
  AND (c.name IS NULL OR c.language IS NULL OR c.country IS NULL OR c.time_zone IS NULL);

UPDATE conversations.conversations c SET subject = b.subject, facts_at = c.facts_at || jsonb_build_object('subject', '${DECIDED}')
FROM before.conversations b WHERE (c.merchant_id, c.id) = (b.merchant_id, b.id) AND b.facts_at->>'subject' = '${DECIDED}';

UPDATE conversations.conversations c SET language = b.language, language_sequence = b.language_sequence
FROM before.conversations b WHERE (c.merchant_id, c.id) = (b.merchant_id, b.id) AND b.language_fixed;

UPDATE conversations.conversations c SET created_at = b.created_at
FROM before.conversations b WHERE (c.merchant_id, c.id) = (b.merchant_id, b.id) AND b.created_at < c.created_at;

-- Since a person decided the name, what the channel said of it was not even noted.
UPDATE conversations.conversations c SET facts_at =
  (c.facts_at - 'contact.name') || jsonb_strip_nulls(jsonb_build_object('contact.name', b.facts_at->'contact.name'))
FROM before.conversations b JOIN before.contacts p ON (p.merchant_id, p.id) = (b.merchant_id, b.contact_id)
WHERE (c.merchant_id, c.id) = (b.merchant_id, b.id) AND p.facts_at->>'name' = '${DECIDED}';

UPDATE conversations.search_rows c SET terms = b.terms
FROM before.search_rows b
JOIN before.conversations v ON (v.merchant_id, v.id) = (b.merchant_id, b.subject_id)
JOIN before.contacts p ON (p.merchant_id, p.id) = (v.merchant_id, v.contact_id)
WHERE (c.merchant_id, c.subject_id, c.source) = (b.merchant_id, b.subject_id, b.source) AND b.source = 'conversation'
  AND ('${DECIDED}' IN (v.facts_at->>'subject', p.facts_at->>'name'));`;

/** What waited in vain for 30 days is let go of (pruning.ts). */
const LET_GO = `
DELETE FROM conversations.early c
WHERE NOT EXISTS (SELECT FROM before.early b
    WHERE (b.merchant_id, b.account_id, b.target, b.id) = (c.merchant_id, c.account_id, c.target, c.id))
  AND coalesce(c.entry->>'receivedAt', c.entry->>'acceptedAt', c.entry->>'at') < to_char(now() - interval '30 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');`;

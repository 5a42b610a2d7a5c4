/**
 * SQL that shows a table's rows to their merchant alone: every transaction says for whom it works (`parley.merchant_id`),
 * `*` being the pipeline, which works for all; nothing said, nothing seen. Forced, so that it holds the owner as well.
 * Migrations use it: what it writes must not change once they are released.
 */
export const merchantPolicies = (schema: string, tables: readonly string[]): string =>
  tables
    .map(
      (table) => `
ALTER TABLE ${schema}.${table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE ${schema}.${table} FORCE ROW LEVEL SECURITY;
CREATE POLICY merchant ON ${schema}.${table}
  USING (current_setting('parley.merchant_id', true) IN (merchant_id, '*'))
  WITH CHECK (current_setting('parley.merchant_id', true) IN (merchant_id, '*'));`,
    )
    .join('\n');

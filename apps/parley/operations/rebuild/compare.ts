import type { Client } from 'pg';
import { type ViewTable, viewTables } from './view-tables';

export interface TableComparison {
  readonly table: string;
  /** Rows of the rebuilt view. */
  readonly rows: number;
  /** Of the view as it was, and not of the rebuilt one. */
  readonly missing: number;
  readonly added: number;
  readonly different: number;
  /** Some of them: `<key>: <columns>`. Never what is in them. */
  readonly examples: readonly string[];
}

const EXAMPLES_MAX = 10;

/** Row by row, as Postgres writes each of them. */
export async function compareViews(client: Client): Promise<TableComparison[]> {
  const comparisons: TableComparison[] = [];
  for (const table of viewTables) comparisons.push(await compareTable(client, table));
  return comparisons;
}

async function compareTable(client: Client, table: ViewTable): Promise<TableComparison> {
  const joined = `conversations.${table.name} c FULL JOIN before.${table.name} b USING (${table.key.join(', ')})`;
  const id = `concat_ws('/', ${table.key.join(', ')})`;
  const { rows } = await client.query<{ rows: string; missing: string; added: string; different: string }>(
    `SELECT count(*) FILTER (WHERE c IS NOT NULL) AS rows, count(*) FILTER (WHERE c.${table.key[0]} IS NULL) AS missing,
       count(*) FILTER (WHERE b.${table.key[0]} IS NULL) AS added,
       count(*) FILTER (WHERE c.${table.key[0]} = b.${table.key[0]} AND c::text IS DISTINCT FROM b::text) AS different
     FROM ${joined}`.replace('c IS NOT NULL', `c.${table.key[0]} IS NOT NULL`),
  );
  const examples = await client.query<{ example: string }>(
    `SELECT ${id} || ': ' || CASE WHEN c.${table.key[0]} IS NULL THEN 'missing' WHEN b.${table.key[0]} IS NULL THEN 'added' ELSE
       (SELECT string_agg(n.key, ', ') FROM jsonb_each(to_jsonb(c)) n JOIN jsonb_each(to_jsonb(b)) o USING (key) WHERE n.value IS DISTINCT FROM o.value)
       END AS example
     FROM ${joined} WHERE c::text IS DISTINCT FROM b::text ORDER BY 1 LIMIT ${EXAMPLES_MAX}`,
  );
  const [found] = rows;
  return {
    table: table.name,
    rows: Number(found?.rows),
    missing: Number(found?.missing),
    added: Number(found?.added),
    different: Number(found?.different),
    examples: examples.rows.map(({ example }) => example),
  };
}

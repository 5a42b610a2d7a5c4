import { type Client, escapeIdentifier } from 'pg';

export interface Table {
  readonly schema: string;
  readonly name: string;
  /** All that are stored; what is reckoned from others is not among them. */
  readonly columns: readonly string[];
}

export const tableName = ({ schema, name }: Pick<Table, 'schema' | 'name'>): string => `${schema}.${name}`;
export const quoted = ({ schema, name }: Table): string => `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;

/** What every app has migrated is written down in a table of its own; the schemas are named after the apps. */
const MIGRATIONS = String.raw`SELECT substr(relname, 12) AS app FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'runtime' AND c.relkind = 'r' AND relname LIKE 'migrations\_%' ORDER BY 1`;

/** Names of the migrations done, by app. */
export async function migrationsDone(client: Client): Promise<Record<string, string[]>> {
  const { rows } = await client.query<{ app: string }>(MIGRATIONS);
  const done: Record<string, string[]> = {};
  for (const { app } of rows) {
    const table = `runtime.${escapeIdentifier(`migrations_${app}`)}`;
    const { rows: names } = await client.query<{ name: string }>(`SELECT name FROM ${table} ORDER BY id`);
    done[app] = names.map(({ name }) => name);
  }
  return done;
}

/** Kept tables only: what an unlogged one holds is true of a running process alone. */
const TABLES = String.raw`
SELECT n.nspname AS schema, c.relname AS name,
  (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
  ARRAY(SELECT DISTINCT f.confrelid::text FROM pg_constraint f
   WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid) AS parents,
  c.oid::text AS id
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1) AND c.relkind = 'r' AND c.relpersistence = 'p'
  AND NOT (n.nspname = 'runtime' AND c.relname LIKE 'migrations\_%')
ORDER BY 1, 2`;

interface TableRow extends Table {
  readonly id: string;
  readonly parents: readonly string[];
}

/** The tables of these schemas; one that refers to another comes after it. */
export async function tablesOf(client: Client, schemas: readonly string[]): Promise<Table[]> {
  const { rows } = await client.query<TableRow>(TABLES, [schemas]);
  const sorted: TableRow[] = [];
  for (let left = rows; left.length > 0; ) {
    const waiting = new Set(left.map(({ id }) => id));
    const free = left.filter(({ parents }) => !parents.some((parent) => waiting.has(parent)));
    // Tables that refer to each other in a ring: there are none, and none may be made.
    if (free.length === 0) throw new Error(`Tables refer to each other in a ring: ${left.map(tableName).join(', ')}`);
    sorted.push(...free);
    left = left.filter((row) => !free.includes(row));
  }
  return sorted.map(({ schema, name, columns }) => ({ schema, name, columns }));
}

/** How far the numbers of each sequence were given out. Sequences know no snapshot: read it after the rows. */
export async function sequencesOf(client: Client, schemas: readonly string[]): Promise<Record<string, string>> {
  const { rows } = await client.query<{ name: string; last: string }>(
    String.raw`SELECT format('%I.%I', schemaname, sequencename) AS name, last_value::text AS last FROM pg_sequences
     WHERE schemaname = ANY ($1) AND last_value IS NOT NULL AND sequencename NOT LIKE 'migrations\_%' ORDER BY 1`,
    [schemas],
  );
  return Object.fromEntries(rows.map(({ name, last }) => [name, last]));
}

export async function setSequences(client: Client, sequences: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, last] of Object.entries(sequences)) await client.query('SELECT setval($1::regclass, $2)', [name, last]);
}

/**
 * Runs `work` while the owner of the tables may write all rows. Postgres lets nobody COPY into a table whose rows are
 * hidden from them, were it by a rule that hides none. In the caller's transaction: whoever else looks sees it never.
 */
export async function unguarded<T>(client: Client, tables: readonly Table[], work: () => Promise<T>): Promise<T> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relforcerowsecurity AND n.nspname || '.' || c.relname = ANY ($1)`,
    [tables.map(tableName)],
  );
  for (const { name } of rows) await client.query(`ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY`);
  const result = await work();
  for (const { name } of rows) await client.query(`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`);
  return result;
}

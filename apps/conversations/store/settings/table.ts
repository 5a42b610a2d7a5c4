import type { EntitySchema, EntitySchemaColumnOptions } from 'typeorm';
import { isoTimeOrNull } from '../columns';
import type { Queryable } from '../event-stream';

/** A timestamptz that the record has as RFC 3339 in UTC. */
export const time = (name: string, options: Partial<EntitySchemaColumnOptions> = {}): EntitySchemaColumnOptions => ({
  type: 'timestamptz',
  name,
  transformer: { from: isoTimeOrNull, to: (text: string | null) => text },
  ...options,
});

interface Column {
  readonly field: string;
  readonly name: string;
  readonly isJson: boolean;
  from(value: unknown): unknown;
}

/**
 * A table whose `EntitySchema` says how its rows become records. Statements are written by hand, so that they run on the
 * connection of the transaction they belong to, under its merchant.
 */
export class Table<T extends object> {
  private readonly columns: readonly Column[];
  readonly name: string;
  /** What to select, the table being `t`. */
  readonly selection: string;

  constructor(schema: EntitySchema<T>) {
    const { schema: namespace, tableName, columns } = schema.options;
    this.name = `${namespace}.${tableName}`;
    this.columns = Object.entries<EntitySchemaColumnOptions | undefined>(columns).flatMap(([field, options]) =>
      options ? [columnOf(field, options)] : [],
    );
    this.selection = this.columns.map((column) => `t."${column.name}"`).join(', ');
  }

  recordOf(row: Record<string, unknown>): T {
    return Object.fromEntries(this.columns.map((column) => [column.field, column.from(row[column.name])])) as T;
  }

  async select(client: Queryable, where: string, values: readonly unknown[]): Promise<T[]> {
    const { rows } = await client.query<Record<string, unknown>>(`SELECT ${this.selection} FROM ${this.name} t ${where}`, [
      ...values,
    ]);
    return rows.map((row) => this.recordOf(row));
  }

  /** `onConflict`: the rest of the statement before RETURNING. @returns the record as stored; undefined where nothing was. */
  async insert(client: Queryable, record: Partial<T>, onConflict = ''): Promise<T | undefined> {
    const given = this.given(record);
    const names = given.map(({ column }) => `"${column.name}"`).join(', ');
    const { rows } = await client.query<Record<string, unknown>>(
      `INSERT INTO ${this.name} AS t (${names}) VALUES (${given.map((_, index) => `$${index + 1}`).join(', ')}) ${onConflict}
       RETURNING ${this.selection}`,
      given.map(({ value }) => value),
    );
    return rows[0] && this.recordOf(rows[0]);
  }

  /** Changes what is given; `also`: further assignments. `key` names columns. */
  async update(
    client: Queryable,
    key: Record<string, unknown>,
    patch: Partial<T>,
    also: readonly string[] = [],
  ): Promise<T | undefined> {
    const given = this.given(patch);
    const keys = Object.entries(key);
    const assignments = [...given.map(({ column }, index) => `"${column.name}" = $${index + keys.length + 1}`), ...also];
    if (assignments.length === 0) return undefined;
    const { rows } = await client.query<Record<string, unknown>>(
      `UPDATE ${this.name} t SET ${assignments.join(', ')}
       WHERE ${keys.map(([name], index) => `t."${name}" = $${index + 1}`).join(' AND ')} RETURNING ${this.selection}`,
      [...keys.map(([, value]) => value), ...given.map(({ value }) => value)],
    );
    return rows[0] && this.recordOf(rows[0]);
  }

  private given(record: Partial<T>): { column: Column; value: unknown }[] {
    return this.columns.flatMap((column) => {
      const value = record[column.field as keyof T];
      if (value === undefined) return [];
      return [{ column, value: column.isJson && value !== null ? JSON.stringify(value) : value }];
    });
  }
}

function columnOf(field: string, { name, type, transformer }: EntitySchemaColumnOptions): Column {
  const from = transformer && !Array.isArray(transformer) ? transformer.from.bind(transformer) : undefined;
  return { field, name: name ?? field, isJson: type === 'jsonb', from: (value) => (from ? from(value) : value) };
}

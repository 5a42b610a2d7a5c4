/**
 * Rows go to Postgres as one array per column (`unnest`). JSON goes as one text instead, its elements joined by a
 * character that JSON never holds unescaped: an array literal would escape every quote of every element.
 */
export const SEPARATOR = '\x1e';

/** SQL for the parameter made by `jsonColumn`: a text[] of JSON, null where the value was null. */
export const fromJsonColumn = (parameter: number): string => `string_to_array($${parameter}, E'\\x1e', '')`;

export const jsonColumn = (values: readonly unknown[]): string =>
  values.map((value) => (value === null || value === undefined ? '' : JSON.stringify(value))).join(SEPARATOR);

/** Texts that are JSON, or free of control characters, already. */
export const rawColumn = (values: readonly string[]): string => values.join(SEPARATOR);

/** A timestamptz as the wire has it: RFC 3339 in UTC, milliseconds. */
export const isoTime = (value: Date): string => value.toISOString();
export const isoTimeOrNull = (value: Date | null): string | null => value?.toISOString() ?? null;

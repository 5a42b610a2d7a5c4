import type { PoolClient, QueryResult } from 'pg';

/** What the log asks of Postgres; `Database` of @parley/runtime is one. The scope it gives is always `*`: the pipeline. */
export interface LogDatabase {
  transaction<T>(scope: string, work: (client: PoolClient) => Promise<T>): Promise<T>;
  /** One statement in a transaction of its own, in one round trip. */
  query(
    scope: string,
    sql: string | { readonly name: string; readonly text: string },
    params?: readonly unknown[],
  ): Promise<QueryResult<any>>;
  /** An empty payload says: some notifications may have been missed, look for yourself. */
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>;
  notify(channel: string, payload: string): Promise<void>;
}

/** What it asks of a logger; a pino logger is one. */
export interface LogLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The pipeline works for all merchants. */
export const PIPELINE = '*';

import type { Writable } from 'node:stream';
import { ParleyError } from '@parley/model';
import {
  Client,
  type ClientConfig,
  escapeIdentifier,
  escapeLiteral,
  Pool,
  type PoolClient,
  type QueryResult,
  type QueryResultRow,
} from 'pg';
import { DataSource, type EntitySchema } from 'typeorm';
import type { Logger } from '../logger';
import { isDatabaseUnavailable } from './database-errors';
import { Listener } from './listener';

/** A merchant's id, or `*` for the pipeline, which works for all merchants. */
export type MerchantScope = string;

export interface NamedStatement {
  readonly name: string;
  readonly text: string;
}

export interface Database {
  /** TypeORM over the same connections; it sees no merchant's rows outside `transaction`. */
  readonly dataSource: DataSource;
  /** The connections themselves; a query outside `transaction` sees no merchant's rows. */
  readonly pool: Pool;
  /**
   * Runs `work` in one transaction that sees this merchant's rows only. Commits when it resolves, rolls back when it
   * throws. Keep it short: the connection is taken meanwhile. Statements go out as they are given: those that do not need each
   * other's answers are one round trip when none is awaited before the last was given.
   */
  transaction<T>(merchantId: MerchantScope, work: (client: PoolClient) => Promise<T>): Promise<T>;
  /** One statement in such a transaction, begin and commit sent along with it. One with a name is prepared once per connection. */
  query<R extends QueryResultRow = any>(
    merchantId: MerchantScope,
    sql: string | NamedStatement,
    params?: readonly unknown[],
  ): Promise<QueryResult<R>>;
  /**
   * Calls `onPayload` for each notification on the channel. After the connection was lost and is back it is called with
   * an empty payload, because some may have been missed: read again whatever the notification would have told about.
   * @returns a function that ends it.
   */
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>;
  /** At most 8000 bytes. Sent at once, not within the caller's transaction. */
  notify(channel: string, payload: string): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** What `migrate` returned; null: run as the role that connects. */
  readonly role: string | null;
  readonly log: Logger;
  readonly entities?: readonly EntitySchema<any>[];
  readonly connectionsMax?: number;
  readonly statementTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const pool = new Pool({ ...connectionConfig(options), max: options.connectionsMax ?? 20, idleTimeoutMillis: 60_000 });
  pool.on('connect', sendTogether);
  // A connection that dies while nobody queries says so by an event; unheard, it would end the process.
  const onLost = (err: Error) => options.log.warn({ err }, 'Lost a database connection');
  pool.on('error', onLost);
  pool.on('connect', (client) => client.on('error', onLost));
  const dataSource = new DataSource({
    type: 'postgres',
    driver: { Pool: sharing(pool) },
    entities: [...(options.entities ?? [])],
    installExtensions: false,
    synchronize: false,
    logging: false,
  });
  try {
    await dataSource.initialize();
  } catch (error) {
    await pool.end();
    throw error;
  }
  const listener = new Listener(() => new Client(connectionConfig(options)), options.log);
  return new PostgresDatabase(dataSource, pool, listener);
}

/** Role and time limits are given with the connection's first packet: no query ever runs without them. */
function connectionConfig(options: DatabaseOptions): ClientConfig {
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  return {
    connectionString: options.url,
    // Statements are sent without waiting for the answers to those before them.
    pipeline: true,
    application_name: 'parley',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: statementTimeoutMs,
    // For a server that does not answer at all.
    query_timeout: statementTimeoutMs + 5_000,
    idle_in_transaction_session_timeout: 60_000,
    ...(options.role ? { options: `-c role=${options.role}` } : {}),
  };
}

/** Lets TypeORM use our pool where it would make its own. */
function sharing(pool: Pool): new () => Pool {
  return function shared() {
    return pool;
  } as unknown as new () => Pool;
}

class PostgresDatabase implements Database {
  constructor(
    readonly dataSource: DataSource,
    readonly pool: Pool,
    private readonly listener: Listener,
  ) {}

  transaction<T>(merchantId: MerchantScope, work: (client: PoolClient) => Promise<T>): Promise<T> {
    return this.withClient(async (client) => {
      // Goes out together with the first statement of the work.
      const begun = begin(client, merchantId);
      begun.catch(() => undefined);
      const result = await work(client);
      await begun;
      committed(await client.query('COMMIT'));
      return result;
    });
  }

  query<R extends QueryResultRow = any>(
    merchantId: MerchantScope,
    sql: string | NamedStatement,
    params: readonly unknown[] = [],
  ): Promise<QueryResult<R>> {
    const statement = typeof sql === 'string' ? { text: sql } : sql;
    return this.withClient(async (client) => {
      const [, result, end] = await Promise.all([
        begin(client, merchantId),
        client.query<R>({ ...statement, values: [...params] }),
        client.query('COMMIT'),
      ]);
      committed(end);
      return result;
    });
  }

  private async withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      return await work(client);
    } catch (error) {
      broken = await rollBack(client, error as Error);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>> {
    return this.listener.listen(channel, onPayload);
  }

  async notify(channel: string, payload: string): Promise<void> {
    await this.pool.query(`NOTIFY ${escapeIdentifier(channel)}, ${escapeLiteral(payload)}`);
  }

  async close(): Promise<void> {
    await this.listener.close();
    await this.dataSource.destroy();
  }
}

/** What is asked in one turn goes out in one write: a transaction's begin with its first statement, statements side by side. */
function sendTogether(client: PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection;
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  let held = false;
  client.query = ((...given: unknown[]) => {
    if (!held) {
      held = true;
      stream.cork();
      process.nextTick(() => {
        held = false;
        stream.uncork();
      });
    }
    return query(...given);
  }) as PoolClient['query'];
}

/** Until its answer is there nothing but its own failure can keep what follows from being in the transaction. */
const begin = (client: PoolClient, merchantId: MerchantScope): Promise<unknown> =>
  client.query(`BEGIN; SET LOCAL parley.merchant_id = ${escapeLiteral(merchantId)}`);

/** After a failed statement that `work` did not pass on, Postgres answers COMMIT with ROLLBACK, and no error. */
function committed({ command }: QueryResult): void {
  if (command !== 'COMMIT')
    throw new ParleyError('transaction-failed', 'A statement had failed: nothing of the transaction was kept');
}

/** Returns the error when the connection is not fit to be used again. */
async function rollBack(client: PoolClient, error: Error): Promise<Error | undefined> {
  if (isDatabaseUnavailable(error)) return error;
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (rollbackError) {
    return rollbackError as Error;
  }
}

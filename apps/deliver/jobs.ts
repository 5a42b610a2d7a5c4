import type { TraceHeaders } from '@parley/event-log';
import { type DeliveryError, deliveryErrorSchema, type OutboundSignal } from '@parley/model';
import type { Database } from '@parley/runtime';
import type { PoolClient } from 'pg';
import type { ReadyEntry } from './draft';

export interface JobKey {
  readonly merchantId: string;
  readonly messageId: string;
  readonly attempt: number;
}

/** One message and attempt that is to leave. */
export interface Job extends JobKey {
  readonly accountId: string;
  readonly conversationId: string;
  readonly channel: string;
  readonly entry: ReadyEntry;
  /** In which it came. */
  readonly trace?: TraceHeaders;
}

/** The first waiting job of a conversation: those behind it wait for it. */
export interface JobHead extends JobKey {
  readonly conversationId: string;
  /** 0 or less: now. */
  readonly dueInMs: number;
}

export type Outcome = 'sent' | 'failed' | 'uncertain' | 'cancelled';

/** A job that has come to its end, as it is told to the log. */
export interface EndedJob extends JobKey {
  readonly accountId: string;
  readonly conversationId: string;
  readonly channel: string;
  readonly outcome: Outcome;
  readonly error: DeliveryError | null;
  readonly externalIds: readonly string[];
  readonly at: string;
}

type Queryable = Pick<PoolClient, 'query'>;

/** The pipeline sends for all merchants. */
export const PIPELINE = '*';

/** The table `deliver.jobs`. */
export class Jobs {
  constructor(private readonly database: Database) {}

  /** In the caller's transaction. A job that is known already, or was cancelled before it came, stays as it is. */
  async insert(client: Queryable, entries: readonly (ReadyEntry & Pick<Job, 'trace'>)[]): Promise<void> {
    await client.query(
      `INSERT INTO deliver.jobs (merchant_id, message_id, attempt, conversation_id, account_id, channel, entry)
       SELECT merchant_id, message_id, attempt, conversation_id, account_id, channel, entry
       FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::json[])
         WITH ORDINALITY AS new (merchant_id, message_id, attempt, conversation_id, account_id, channel, entry, place)
       ORDER BY place
       ON CONFLICT DO NOTHING`,
      [
        entries.map((entry) => entry.merchantId),
        entries.map((entry) => entry.messageId),
        entries.map((entry) => entry.attempt),
        entries.map((entry) => entry.conversationId),
        entries.map((entry) => entry.accountId),
        entries.map((entry) => entry.channel),
        entries.map((entry) => JSON.stringify(entry)),
      ],
    );
  }

  /**
   * In the caller's transaction. Ends a job of which nothing was begun; one that has not come yet will find itself ended.
   * @returns null when it is too late, or was done before.
   */
  async cancel(client: Queryable, signal: OutboundSignal, key: JobKey): Promise<EndedJob | null> {
    const { rows } = await client.query(
      `INSERT INTO deliver.jobs AS job (merchant_id, message_id, attempt, conversation_id, account_id, channel, state, outcome)
       VALUES ($1, $2, $3, $4, $5, $6, 'done', 'cancelled')
       ON CONFLICT (merchant_id, message_id, attempt) DO UPDATE
         SET state = 'done', outcome = 'cancelled', error = NULL, updated_at = now()
         WHERE job.state = 'waiting' AND job.begun_at IS NULL
       RETURNING updated_at`,
      [key.merchantId, key.messageId, key.attempt, signal.conversationId, signal.accountId, signal.channel],
    );
    const [row] = rows as { updated_at: Date }[];
    if (!row) return null;
    const { accountId, conversationId, channel } = signal;
    const at = row.updated_at.toISOString();
    return { ...key, accountId, conversationId, channel, outcome: 'cancelled', error: null, externalIds: [], at };
  }

  /** Heads of the account's conversations, the longest due first, also those that are not due yet. */
  async heads(accountId: string, except: readonly string[], limit: number): Promise<JobHead[]> {
    const { rows } = await this.database.query(
      PIPELINE,
      `SELECT merchant_id, message_id, attempt, conversation_id, extract(epoch FROM due_at - now())::float8 * 1000 AS due_in_ms
       FROM (
         SELECT DISTINCT ON (conversation_id) merchant_id, message_id, attempt, conversation_id, due_at, position
         FROM deliver.jobs WHERE account_id = $1 AND state = 'waiting'
         ORDER BY conversation_id, position
       ) AS head
       WHERE conversation_id <> ALL ($2)
       ORDER BY due_at, position LIMIT $3`,
      [accountId, except, limit],
    );
    return rows.map((row) => ({ ...keyOf(row), conversationId: row.conversation_id, dueInMs: row.due_in_ms }));
  }

  /** Null when it waits no longer. */
  async read(key: JobKey): Promise<Job | null> {
    const { rows } = await this.database.query(
      PIPELINE,
      `SELECT account_id, conversation_id, channel, entry FROM deliver.jobs
       WHERE merchant_id = $1 AND message_id = $2 AND attempt = $3 AND state = 'waiting'`,
      [key.merchantId, key.messageId, key.attempt],
    );
    const [row] = rows;
    if (!row) return null;
    const { merchantId, messageId, attempt } = key;
    const { trace, ...entry } = row.entry;
    return {
      merchantId,
      messageId,
      attempt,
      accountId: row.account_id,
      conversationId: row.conversation_id,
      channel: row.channel,
      entry,
      trace,
    };
  }

  /** For what has no request under way. @returns null when it waits no longer. */
  async end(key: JobKey, outcome: Outcome, error: DeliveryError | null): Promise<Date | null> {
    const { rows } = await this.database.query<{ updated_at: Date }>(
      PIPELINE,
      `UPDATE deliver.jobs SET state = 'done', outcome = $4, error = $5::json, updated_at = now()
       WHERE merchant_id = $1 AND message_id = $2 AND attempt = $3 AND state = 'waiting'
       RETURNING updated_at`,
      [key.merchantId, key.messageId, key.attempt, outcome, error && JSON.stringify(error)],
    );
    return rows[0]?.updated_at ?? null;
  }

  /** Of an account that is gone: what was begun may have arrived, the rest will never leave. */
  async endAllOf(accountId: string, error: DeliveryError): Promise<void> {
    await this.database.query(
      PIPELINE,
      `UPDATE deliver.jobs AS job SET state = 'done', error = $2::json, updated_at = now(),
         outcome = CASE WHEN EXISTS (
           SELECT FROM deliver.requests AS request
           WHERE (request.merchant_id, request.message_id, request.attempt) = (job.merchant_id, job.message_id, job.attempt)
             AND request.state IN ('sending', 'uncertain')
         ) THEN 'uncertain' ELSE 'failed' END
       WHERE account_id = $1 AND state = 'waiting'`,
      [accountId, JSON.stringify(error)],
    );
  }

  /** Ended, and perhaps not told yet. */
  async unreported(accountId: string, limit: number): Promise<EndedJob[]> {
    const { rows } = await this.database.query(
      PIPELINE,
      `SELECT job.merchant_id, job.message_id, job.attempt, job.account_id, job.conversation_id, job.channel, job.outcome,
         job.error, job.updated_at, coalesce(array_agg(request.result ORDER BY request.index)
           FILTER (WHERE request.result IS NOT NULL), '{}') AS results
       FROM deliver.jobs AS job LEFT JOIN deliver.requests AS request USING (merchant_id, message_id, attempt)
       WHERE job.account_id = $1 AND job.state = 'done' AND NOT job.reported
       GROUP BY job.merchant_id, job.message_id, job.attempt ORDER BY job.position LIMIT $2`,
      [accountId, limit],
    );
    return rows.map((row) => ({
      ...keyOf(row),
      accountId: row.account_id,
      conversationId: row.conversation_id,
      channel: row.channel,
      outcome: row.outcome,
      error: row.error === null ? null : deliveryErrorSchema.parse(row.error),
      externalIds: row.results.flatMap(allIdsOf),
      at: row.updated_at.toISOString(),
    }));
  }

  async markReported(keys: readonly JobKey[]): Promise<void> {
    await this.database.query(
      PIPELINE,
      `UPDATE deliver.jobs AS job SET reported = true
       FROM unnest($1::text[], $2::text[], $3::int[]) AS done (merchant_id, message_id, attempt)
       WHERE (job.merchant_id, job.message_id, job.attempt) = (done.merchant_id, done.message_id, done.attempt)`,
      [keys.map((key) => key.merchantId), keys.map((key) => key.messageId), keys.map((key) => key.attempt)],
    );
  }

  /** How many jobs of each account wait and how long the longest due one has been, the longest first. */
  async waiting(accountsMax: number): Promise<{ accountId: string; jobs: number; overdueMs: number }[]> {
    const { rows } = await this.database.query(
      PIPELINE,
      `SELECT account_id, count(*)::integer AS jobs,
         greatest(0, extract(epoch FROM now() - min(due_at)) * 1000)::float8 AS overdue_ms
       FROM deliver.jobs WHERE state = 'waiting' GROUP BY account_id ORDER BY overdue_ms DESC, account_id LIMIT $1`,
      [accountsMax],
    );
    return rows.map((row) => ({ accountId: row.account_id, jobs: row.jobs, overdueMs: row.overdue_ms }));
  }

  /** Accounts with something to send or to tell. */
  async accountsWithWork(): Promise<string[]> {
    const { rows } = await this.database.query<{ account_id: string }>(
      PIPELINE,
      `SELECT account_id FROM deliver.jobs WHERE state = 'waiting'
       UNION SELECT account_id FROM deliver.jobs WHERE state = 'done' AND NOT reported`,
    );
    return rows.map((row) => row.account_id);
  }
}

const keyOf = (row: { merchant_id: string; message_id: string; attempt: number }): JobKey => ({
  merchantId: row.merchant_id,
  messageId: row.message_id,
  attempt: row.attempt,
});

/** All ids the channel may use for what was sent; the first is its own of the request. */
export const allIdsOf = (result: { readonly externalId: string; readonly aliases?: readonly string[] }): string[] => [
  result.externalId,
  ...(result.aliases ?? []),
];

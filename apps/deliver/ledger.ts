import type { SendResult } from '@parley/connector';
import { FencedError } from '@parley/event-log';
import type { DeliveryError } from '@parley/model';
import type { Database } from '@parley/runtime';
import type { PoolClient } from 'pg';
import { type JobKey, type Outcome, PIPELINE } from './jobs';

export type RequestState = 'pending' | 'sending' | 'sent' | 'failed' | 'uncertain';

/** One request that brings a message to the buyer, or a part of it. */
export interface LedgerRequest {
  readonly index: number;
  readonly request: unknown;
  readonly state: RequestState;
  readonly result: SendResult | null;
  readonly error: DeliveryError | null;
  readonly begun: number;
  readonly tries: number;
  readonly looks: number;
}

/** What a message will need, as it is written down with the first request. */
export interface Plan {
  readonly requests: readonly { readonly request: unknown; readonly carried: SendResult | null }[];
  readonly losses: readonly string[];
}

/** How a try ended, for the request and for its job. */
export interface Settlement {
  readonly state: RequestState;
  readonly result?: SendResult;
  readonly error?: DeliveryError | null;
  readonly tries?: number;
  readonly looks?: number;
  /** Absent: the job goes on with its next request. */
  readonly job?: { readonly outcome: Outcome } | { readonly dueInMs: number };
}

/** The tables `deliver.requests` and `deliver.accounts`: written and committed before anything is sent. */
export class Ledger {
  constructor(private readonly database: Database) {}

  /** Sending for this account is ours from now on. @returns how long it is paused still, 0: not at all. */
  async takeOver(account: { readonly merchantId: string; readonly id: string }, fence: bigint): Promise<number> {
    const { rows } = await this.database.query<{ paused_ms: number | null }>(
      PIPELINE,
      `INSERT INTO deliver.accounts AS account (merchant_id, account_id, fence) VALUES ($1, $2, $3)
       ON CONFLICT (merchant_id, account_id) DO UPDATE SET fence = excluded.fence WHERE account.fence <= excluded.fence
       RETURNING extract(epoch FROM paused_until - now())::float8 * 1000 AS paused_ms`,
      [account.merchantId, account.id, String(fence)],
    );
    if (!rows[0]) throw new FencedError(`Another process sends for ${account.id} by now`);
    return Math.max(0, rows[0].paused_ms ?? 0);
  }

  async pause(account: { readonly merchantId: string; readonly id: string }, ms: number, error: DeliveryError): Promise<void> {
    await this.database.query(
      PIPELINE,
      `UPDATE deliver.accounts SET paused_until = now() + $3 * interval '1 millisecond', error = $4::json
       WHERE merchant_id = $1 AND account_id = $2`,
      [account.merchantId, account.id, ms, JSON.stringify(error)],
    );
  }

  async resume(account: { readonly merchantId: string; readonly id: string }): Promise<void> {
    await this.database.query(
      PIPELINE,
      `UPDATE deliver.accounts SET paused_until = NULL, error = NULL
       WHERE merchant_id = $1 AND account_id = $2 AND (paused_until IS NOT NULL OR error IS NOT NULL)`,
      [account.merchantId, account.id],
    );
  }

  /** In order; empty before the first was begun. */
  async requestsOf(key: JobKey): Promise<LedgerRequest[]> {
    const { rows } = await this.database.query(
      PIPELINE,
      `SELECT index, request, state, result, error, begun, tries, looks FROM deliver.requests
       WHERE merchant_id = $1 AND message_id = $2 AND attempt = $3 ORDER BY index`,
      [key.merchantId, key.messageId, key.attempt],
    );
    return rows as LedgerRequest[];
  }

  /** Those of the latest attempt before this one. */
  async requestsBefore(key: JobKey): Promise<LedgerRequest[]> {
    if (key.attempt === 1) return [];
    const { rows } = await this.database.query<{ attempt: number | null }>(
      PIPELINE,
      'SELECT max(attempt) AS attempt FROM deliver.requests WHERE merchant_id = $1 AND message_id = $2 AND attempt < $3',
      [key.merchantId, key.messageId, key.attempt],
    );
    const attempt = rows[0]?.attempt;
    return attempt ? this.requestsOf({ ...key, attempt }) : [];
  }

  /**
   * Writes down that this request is on its way. Once it resolves the request may be sent, once.
   * @returns which try this is; null when the job waits no longer (it was cancelled).
   * @throws FencedError when another process sends for the account by now.
   */
  async begin(key: JobKey, accountId: string, fence: bigint, index: number, plan: Plan | null): Promise<number | null> {
    return this.database.transaction(PIPELINE, async (client) => {
      await this.assertOwner(client, key.merchantId, accountId, fence);
      const job = await client.query(
        `UPDATE deliver.jobs SET begun_at = coalesce(begun_at, now()), losses = coalesce($4::json, losses), updated_at = now()
         WHERE merchant_id = $1 AND message_id = $2 AND attempt = $3 AND state = 'waiting'`,
        [...keyParams(key), plan ? JSON.stringify(plan.losses) : null],
      );
      if (!job.rowCount) return null;
      if (plan) await this.write(client, key, plan);
      const { rows } = await client.query<{ begun: number }>(
        `UPDATE deliver.requests SET state = 'sending', begun = begun + 1, started_at = now(), finished_at = NULL
         WHERE merchant_id = $1 AND message_id = $2 AND attempt = $3 AND index = $4 AND state = 'pending'
         RETURNING begun`,
        [...keyParams(key), index],
      );
      return rows[0]?.begun ?? null;
    });
  }

  /** @returns when; null when somebody else has written the end of this try. */
  async settle(key: JobKey, index: number, begun: number, { job, ...end }: Settlement): Promise<Date | null> {
    return this.database.transaction(PIPELINE, async (client) => {
      const { rows } = await client.query<{ finished_at: Date }>(
        `UPDATE deliver.requests SET state = $6, external_id = coalesce($7, external_id), result = coalesce($8::json, result),
           error = $9::json, tries = tries + $10, looks = looks + $11, finished_at = now()
         WHERE merchant_id = $1 AND message_id = $2 AND attempt = $3 AND index = $4 AND begun = $5
           AND state IN ('sending', 'uncertain')
         RETURNING finished_at`,
        [
          ...keyParams(key),
          index,
          begun,
          end.state,
          end.result?.externalId ?? null,
          end.result ? JSON.stringify(end.result) : null,
          end.error ? JSON.stringify(end.error) : null,
          end.tries ?? 0,
          end.looks ?? 0,
        ],
      );
      if (rows[0] && job) await this.settleJob(client, key, job, end);
      return rows[0]?.finished_at ?? null;
    });
  }

  private async settleJob(
    client: PoolClient,
    key: JobKey,
    job: NonNullable<Settlement['job']>,
    { error = null, tries = 0 }: Settlement,
  ): Promise<void> {
    if ('dueInMs' in job) {
      await client.query(
        `UPDATE deliver.jobs SET due_at = now() + $4 * interval '1 millisecond', error = $5::json, tries = tries + $6,
           updated_at = now()
         WHERE merchant_id = $1 AND message_id = $2 AND attempt = $3 AND state = 'waiting'`,
        [...keyParams(key), job.dueInMs, error && JSON.stringify(error), tries],
      );
      return;
    }
    // An answer that comes after the doubt was told ends the doubt.
    await client.query(
      `UPDATE deliver.jobs SET state = 'done', outcome = $4, error = $5::json, reported = false, updated_at = now()
       WHERE merchant_id = $1 AND message_id = $2 AND attempt = $3 AND (state = 'waiting' OR outcome = 'uncertain')`,
      [...keyParams(key), job.outcome, error && JSON.stringify(error)],
    );
  }

  /** Waits for a take-over under way, and holds up the next one until this transaction has ended. */
  private async assertOwner(client: PoolClient, merchantId: string, accountId: string, fence: bigint): Promise<void> {
    const { rowCount } = await client.query(
      'SELECT FROM deliver.accounts WHERE merchant_id = $1 AND account_id = $2 AND fence = $3 FOR SHARE',
      [merchantId, accountId, String(fence)],
    );
    if (!rowCount) throw new FencedError(`Another process sends for ${accountId} by now`);
  }

  private async write(client: PoolClient, key: JobKey, plan: Plan): Promise<void> {
    for (const [index, { request, carried }] of plan.requests.entries()) {
      await client.query(
        `INSERT INTO deliver.requests (merchant_id, message_id, attempt, index, request, state, external_id, result, finished_at)
         VALUES ($1, $2, $3, $4, $5::json, $6, $7, $8::json, CASE WHEN $6 = 'sent' THEN now() END)
         ON CONFLICT DO NOTHING`,
        [
          ...keyParams(key),
          index,
          JSON.stringify(request),
          carried ? 'sent' : 'pending',
          carried?.externalId ?? null,
          carried ? JSON.stringify(carried) : null,
        ],
      );
    }
  }
}

const keyParams = (key: JobKey): [string, string, number] => [key.merchantId, key.messageId, key.attempt];

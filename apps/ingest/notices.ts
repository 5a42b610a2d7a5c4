import type { TraceHeaders } from '@parley/event-log';
import type { NoticeEntry } from '@parley/model';
import type { Database } from '@parley/runtime';
import type { PoolClient } from 'pg';

const PIPELINE = '*';

/** An entry, with the trace in which it came. */
export type NewNotice = NoticeEntry & { readonly trace?: TraceHeaders };

export interface WaitingNotice {
  readonly entry: NoticeEntry;
  readonly trace?: TraceHeaders;
  readonly tries: number;
  /** 0 or less: now. */
  readonly dueInMs: number;
}

/** The table `ingest.notices`: what is still to be read. One that cannot be read now lets the others of its account pass. */
export class Notices {
  constructor(private readonly database: Database) {}

  /** In the caller's transaction. One that waits already stays as it is. */
  async insert(client: Pick<PoolClient, 'query'>, entries: readonly NewNotice[]): Promise<void> {
    await client.query(
      `INSERT INTO ingest.notices (merchant_id, account_id, id, entry)
       SELECT merchant_id, account_id, id, entry
       FROM unnest($1::text[], $2::text[], $3::text[], $4::json[]) WITH ORDINALITY AS new (merchant_id, account_id, id, entry, place)
       ORDER BY place ON CONFLICT DO NOTHING`,
      [
        entries.map((entry) => entry.merchantId),
        entries.map((entry) => entry.accountId),
        entries.map((entry) => entry.id),
        entries.map((entry) => JSON.stringify(entry)),
      ],
    );
  }

  /** The oldest that are due; where none is, the one that is due next. */
  async next(accountId: string, limit: number): Promise<WaitingNotice[]> {
    const { rows } = await this.database.query<{ entry: NewNotice; tries: number; due_in_ms: number }>(
      PIPELINE,
      `SELECT entry, tries, extract(epoch FROM due_at - now())::float8 * 1000 AS due_in_ms FROM ingest.notices
       WHERE account_id = $1 ORDER BY greatest(due_at, now()), position LIMIT $2`,
      [accountId, limit],
    );
    const all = rows.map(({ entry: { trace, ...entry }, tries, due_in_ms }) => ({ entry, trace, tries, dueInMs: due_in_ms }));
    const due = all.filter((notice) => notice.dueInMs <= 0);
    return due.length > 0 ? due : all.slice(0, 1);
  }

  async remove({ merchantId, id }: NoticeEntry): Promise<void> {
    await this.database.query(PIPELINE, 'DELETE FROM ingest.notices WHERE merchant_id = $1 AND id = $2', [merchantId, id]);
  }

  async postpone({ merchantId, id }: NoticeEntry, ms: number): Promise<void> {
    await this.database.query(
      PIPELINE,
      `UPDATE ingest.notices SET tries = tries + 1, due_at = now() + $3 * interval '1 millisecond'
       WHERE merchant_id = $1 AND id = $2`,
      [merchantId, id, ms],
    );
  }

  async removeAllOf(accountId: string): Promise<void> {
    await this.database.query(PIPELINE, 'DELETE FROM ingest.notices WHERE account_id = $1', [accountId]);
  }
}

import { FencedError } from '@parley/event-log';
import type { Account, Database } from '@parley/runtime';

const PIPELINE = '*';

/** The table `ingest.cursors`. */
export class Cursors {
  constructor(private readonly database: Database) {}

  /** Null at the very first. From here on an earlier reader's cursor is refused. @throws FencedError when ours is. */
  async load(account: Account, receiver: string, fence: bigint): Promise<unknown> {
    const { rows } = await this.database.query<{ cursor: unknown }>(
      PIPELINE,
      `INSERT INTO ingest.cursors AS known (merchant_id, account_id, receiver, fence) VALUES ($1, $2, $3, $4)
       ON CONFLICT (merchant_id, account_id, receiver) DO UPDATE SET fence = excluded.fence WHERE known.fence <= excluded.fence
       RETURNING cursor`,
      [account.merchantId, account.id, receiver, String(fence)],
    );
    if (!rows[0]) throw fenced(account, receiver);
    return rows[0].cursor;
  }

  /** @throws FencedError when another process reads for the account by now. */
  async save(account: Account, receiver: string, fence: bigint, cursor: unknown): Promise<void> {
    const { rowCount } = await this.database.query(
      PIPELINE,
      `INSERT INTO ingest.cursors AS known (merchant_id, account_id, receiver, fence, cursor) VALUES ($1, $2, $3, $4, $5::json)
       ON CONFLICT (merchant_id, account_id, receiver) DO UPDATE
         SET cursor = excluded.cursor, fence = excluded.fence, updated_at = now()
         WHERE known.fence <= excluded.fence`,
      [account.merchantId, account.id, receiver, String(fence), JSON.stringify(cursor ?? null)],
    );
    if (!rowCount) throw fenced(account, receiver);
  }
}

const fenced = (account: Account, receiver: string): FencedError =>
  new FencedError(`Another process reads ${receiver} of ${account.id} by now`);

import type { Queryable } from '../event-stream';

export interface AccountLock {
  readonly merchantId: string;
  readonly accountId: string;
  /** Alone, or together with all others that do not ask for it alone. */
  readonly alone: boolean;
}

/** Any number; it keeps these locks apart from others of the database. */
const SEED = 0x7061726c;

/**
 * What comes early must not be put aside at the very moment when that which it waits for is being stored by another
 * transaction that does not see it yet. So who stores holds its account's lock together with others, and who puts aside
 * holds it alone. Always taken before any row is locked, in sorted order.
 */
export async function lockAccounts(client: Queryable, locks: readonly AccountLock[]): Promise<void> {
  if (locks.length === 0) return;
  await client.query({
    name: 'accounts-lock',
    text: `SELECT CASE WHEN alone THEN pg_advisory_xact_lock(key) ELSE pg_advisory_xact_lock_shared(key) END
      FROM (SELECT hashtextextended(account, $3) AS key, bool_or(alone) AS alone
        FROM unnest($1::text[], $2::boolean[]) AS a(account, alone) GROUP BY 1 ORDER BY 1) AS sorted`,
    values: [locks.map((lock) => `${lock.merchantId}\n${lock.accountId}`), locks.map((lock) => lock.alone), SEED],
  });
}

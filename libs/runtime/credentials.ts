import { isDeepStrictEqual } from 'node:util';
import type { PoolClient } from 'pg';
import type { Database } from './database/database';
import type { Logger } from './logger';
import type { SecretBox } from './secret-box';

type Credential = Record<string, unknown>;

/** The contract's `Credentials`: tokens that change at run time, shared by all processes. */
export interface AccountCredentials {
  current(): Promise<Credential | null>;
  renew(stale: Credential | null, renew: (current: Credential | null) => Promise<Credential>): Promise<Credential>;
}

export interface CredentialStore {
  for(accountId: string): AccountCredentials;
  /** For an account that is gone. */
  forget(accountId: string): Promise<void>;
}

const STORE_ATTEMPTS = 6;
/** A channel may take its time to hand out a token; the lock is held meanwhile. */
const RENEWAL_MS_MAX = 60_000;

export class PostgresCredentialStore implements CredentialStore {
  /** Renewals of this process, one at a time per account, so that they do not wait on a connection each. */
  private readonly renewals = new Map<string, Promise<unknown>>();

  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
    private readonly log: Logger,
  ) {}

  for(accountId: string): AccountCredentials {
    return {
      current: () => this.current(accountId),
      renew: (stale, renew) => this.inTurn(accountId, () => this.renew(accountId, stale, renew)),
    };
  }

  async forget(accountId: string): Promise<void> {
    await this.database.query('*', 'DELETE FROM runtime.credentials WHERE account_id = $1', [accountId]);
  }

  private async current(accountId: string): Promise<Credential | null> {
    const { rows } = await this.database.query<Row>('*', 'SELECT sealed FROM runtime.credentials WHERE account_id = $1', [
      accountId,
    ]);
    return this.opened(accountId, rows[0]);
  }

  private async inTurn<T>(accountId: string, work: () => Promise<T>): Promise<T> {
    const before = this.renewals.get(accountId) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.renewals.set(accountId, mine);
    try {
      return await mine;
    } finally {
      if (this.renewals.get(accountId) === mine) this.renewals.delete(accountId);
    }
  }

  private async renew(
    accountId: string,
    stale: Credential | null,
    renew: (current: Credential | null) => Promise<Credential>,
  ): Promise<Credential> {
    let renewed: Credential | undefined;
    try {
      return await this.database.transaction('*', async (client) => {
        const current = await this.lock(client, accountId);
        // Somebody was faster: what they got is what the caller wants.
        if (current && !isDeepStrictEqual(current, stale)) return current;
        renewed = asStored(await renew(current));
        await this.store(client, accountId, renewed);
        return renewed;
      });
    } catch (error) {
      // The channel may have made the old token void already: what it gave for it must not be lost with a connection.
      if (!renewed) throw error;
      await this.storeAgain(accountId, renewed);
      return renewed;
    }
  }

  /** The account's row lock makes renewals of all processes take turns. */
  private async lock(client: PoolClient, accountId: string): Promise<Credential | null> {
    await client.query(
      `SET LOCAL statement_timeout = ${RENEWAL_MS_MAX}; SET LOCAL idle_in_transaction_session_timeout = ${RENEWAL_MS_MAX}`,
    );
    await client.query('INSERT INTO runtime.credentials (account_id) VALUES ($1) ON CONFLICT DO NOTHING', [accountId]);
    const { rows } = await client.query<Row>('SELECT sealed FROM runtime.credentials WHERE account_id = $1 FOR UPDATE', [
      accountId,
    ]);
    return this.opened(accountId, rows[0]);
  }

  private async store(client: PoolClient, accountId: string, credential: Credential): Promise<void> {
    await client.query(
      `INSERT INTO runtime.credentials (account_id, sealed) VALUES ($1, $2)
       ON CONFLICT (account_id) DO UPDATE SET sealed = excluded.sealed, updated_at = now()`,
      [accountId, this.secrets.seal(JSON.stringify(credential), aad(accountId))],
    );
  }

  private async storeAgain(accountId: string, credential: Credential): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.database.transaction('*', (client) => this.store(client, accountId, credential));
      } catch (err) {
        this.log.error({ err, accountId, attempt }, 'A renewed credential could not be stored');
        if (attempt === STORE_ATTEMPTS) throw err;
        await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** attempt));
      }
    }
  }

  private opened(accountId: string, row: Row | undefined): Credential | null {
    return row?.sealed ? (JSON.parse(this.secrets.open(row.sealed, aad(accountId))) as Credential) : null;
  }
}

interface Row {
  readonly sealed: Buffer | null;
}

const aad = (accountId: string): string => `credentials/${accountId}`;

/** As it will be read back, so that a later comparison with `stale` holds. */
const asStored = (credential: Credential): Credential => JSON.parse(JSON.stringify(credential)) as Credential;

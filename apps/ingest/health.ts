import { ChannelError } from '@parley/connector';
import type { Account, House } from '@parley/runtime';

export type HealthState = 'healthy' | 'degraded' | 'unauthorized';

const PIPELINE = '*';
const ACCOUNTS_CHANNEL = 'parley_accounts';
const REASON_LENGTH_MAX = 300;

/** The table `ingest.account_health`: whether reading works. Written when it changed, and told as a change of the account. */
export class Health {
  private readonly last = new Map<string, string>();
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly house: House) {}

  report(account: Account, receiver: string, state: HealthState, reason: string | null = null): void {
    const said = JSON.stringify([state, reason]);
    const place = `${account.id}/${receiver}`;
    if (this.last.get(place) === said) return;
    this.last.set(place, said);
    this.writing = this.writing
      .then(() => this.write(account, receiver, state, reason))
      .catch((err) => {
        this.last.delete(place);
        this.house.log.warn({ err, accountId: account.id, receiver }, 'The health of an account could not be stored');
      });
  }

  /** What went wrong with reading, as a person should hear it. */
  reportFault(account: Account, receiver: string, error: unknown): void {
    if (error instanceof ChannelError)
      this.report(account, receiver, error.fault === 'unauthorized' ? 'unauthorized' : 'degraded', error.message);
    else this.report(account, receiver, 'degraded', 'Reading from the channel failed');
  }

  /** Another process may report for the account by now: what we said last is no longer what stands there. */
  forget(account: Account): void {
    for (const place of this.last.keys()) if (place.startsWith(`${account.id}/`)) this.last.delete(place);
  }

  /** Resolves when all that was reported is stored. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private async write(account: Account, receiver: string, state: HealthState, reason: string | null): Promise<void> {
    const { rowCount } = await this.house.database.query(
      PIPELINE,
      `INSERT INTO ingest.account_health AS known (merchant_id, account_id, receiver, state, reason) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (merchant_id, account_id, receiver) DO UPDATE
         SET state = excluded.state, reason = excluded.reason,
           at = CASE WHEN known.state = excluded.state THEN known.at ELSE now() END
         WHERE (known.state, known.reason) IS DISTINCT FROM (excluded.state, excluded.reason)`,
      [account.merchantId, account.id, receiver, state, reason?.replaceAll('\0', '').toWellFormed().slice(0, REASON_LENGTH_MAX)],
    );
    if (rowCount) await this.house.database.notify(ACCOUNTS_CHANNEL, account.id);
  }
}

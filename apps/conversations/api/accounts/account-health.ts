import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { channelContext, connectorFor } from '@parley/channels';
import { type AccountCheck, ChannelError } from '@parley/connector';
import { type Account, House } from '@parley/runtime';
import { z } from 'zod';
import { ACCOUNTS_CHANNEL, type AccountRecord, type Queryable, Transactions } from '../../store';

export const healthSchema = z.object({
  state: z.enum(['healthy', 'degraded', 'unauthorized', 'paused', 'unknown']),
  /** What a person should know or do. */
  reason: z.string().nullable(),
  /** Since when. */
  at: z.string().nullable(),
});
export type Health = z.infer<typeof healthSchema>;

const CHECK_MS = 15_000;
const UNKNOWN: Health = { state: 'unknown', reason: null, at: null };
/** Ingest has not made its tables yet. */
const NOT_THERE = new Set(['42P01', '3F000', '42501']);

/**
 * Whether accounts work. Ingest says whether reading does, a check says whether the login does; each change becomes an event, and the
 * newest event is what is known after a restart.
 */
@Injectable()
export class AccountHealth implements OnApplicationBootstrap, OnModuleDestroy {
  private unlisten: (() => Promise<void>) | undefined;

  constructor(
    private readonly house: House,
    private readonly transactions: Transactions,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.unlisten = await this.house.database.listen(ACCOUNTS_CHANNEL, (accountId) => {
      if (accountId) void this.onChange(accountId);
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.unlisten?.().catch(() => undefined);
  }

  async of(merchantId: string, accounts: readonly AccountRecord[]): Promise<Map<string, Health>> {
    const ids = accounts.map((account) => account.id);
    const told = await this.house.database.transaction(merchantId, (client) => lastTold(client, merchantId, ids));
    const reading = await this.reading(merchantId, ids);
    return new Map(accounts.map((account) => [account.id, healthOf(account, told.get(account.id), reading.get(account.id))]));
  }

  /** Looks now. Never throws for what is wrong with the account: that is the answer. */
  async check(account: Account): Promise<AccountCheck> {
    const found = await this.look(account);
    await this.tell(account, {
      state: found.ok ? 'healthy' : found.details?.['fault'] === 'unauthorized' ? 'unauthorized' : 'degraded',
      reason: found.ok ? null : found.message,
      at: new Date().toISOString(),
    });
    return found;
  }

  private async look(account: Account): Promise<AccountCheck> {
    const connector = connectorFor(account.channel);
    if (!connector?.check) return { ok: true, message: 'This channel has nothing that could be checked.' };
    const signal = AbortSignal.any([AbortSignal.timeout(CHECK_MS), this.house.stopping]);
    try {
      return await within(connector.check(channelContext(this.house, account, signal)), signal);
    } catch (error) {
      if (error instanceof ChannelError) {
        return { ok: false, message: error.message, details: { fault: error.fault, code: error.code } };
      }
      this.house.log.warn({ err: error, accountId: account.id }, 'An account could not be checked');
      return { ok: false, message: signal.aborted ? 'The channel did not answer in time.' : 'The check itself failed.' };
    }
  }

  /** What is worst of an account's receivers, as ingest wrote it down. */
  private async reading(merchantId: string, ids: readonly string[]): Promise<Map<string, Health>> {
    try {
      const { rows } = await this.house.database.query<{ id: string; state: string; reason: string | null; at: Date }>(
        merchantId,
        `SELECT DISTINCT ON (account_id) account_id AS id, state, reason, at FROM ingest.account_health
         WHERE account_id = ANY($1)
         ORDER BY account_id, array_position(ARRAY['unauthorized', 'degraded', 'healthy'], state)`,
        [ids],
      );
      return new Map(rows.map(({ id, state, reason, at }) => [id, readHealth({ state, reason, at: at.toISOString() })]));
    } catch (error) {
      if (NOT_THERE.has((error as { code?: string }).code ?? '')) return new Map();
      throw error;
    }
  }

  private async onChange(accountId: string): Promise<void> {
    try {
      const account = await this.house.accounts.get(accountId);
      const health = account && (await this.reading(account.merchantId, [accountId])).get(accountId);
      if (account && health) await this.tell(account, health);
    } catch (err) {
      this.house.log.warn({ err, accountId }, 'The health of an account could not be told');
    }
  }

  /** Once, however many processes hear of it. */
  private async tell(account: Account, health: Health): Promise<void> {
    const { id, merchantId, channel } = account;
    await this.transactions.run(merchantId, async (tx) => {
      await tx.client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`health/${id}`]);
      const before = (await lastTold(tx.client, merchantId, [id])).get(id);
      if (before?.state === health.state && before.reason === health.reason) return;
      tx.emit({
        type: 'parley.account.healthChanged.v1',
        merchantId,
        accountId: id,
        subject: id,
        // Filed under the account, as others are under their conversation: so the newest one is found at once.
        conversationId: id,
        discriminator: `${health.state}/${health.at}`,
        time: health.at ?? new Date().toISOString(),
        data: { accountId: id, channel, health: health.state, reason: health.reason },
      });
    });
  }
}

/** Reading that fails is bad news whatever a check found. */
function healthOf(account: AccountRecord, told: Health | undefined, reading: Health | undefined): Health {
  if (account.state === 'paused') return { state: 'paused', reason: 'This account is paused.', at: account.updatedAt };
  if (reading && reading.state !== 'healthy') return reading;
  return told ?? reading ?? UNKNOWN;
}

async function lastTold(client: Queryable, merchantId: string, ids: readonly string[]): Promise<Map<string, Health>> {
  const { rows } = await client.query<{ id: string; data: { health?: string; reason?: string | null }; time: Date }>(
    `SELECT a.id, e.event -> 'data' AS data, e.time FROM unnest($2::text[]) AS a(id)
     CROSS JOIN LATERAL (
       SELECT event, time FROM conversations.events
       WHERE merchant_id = $1 AND conversation_id = a.id AND type = 'parley.account.healthChanged.v1'
       ORDER BY position DESC LIMIT 1
     ) e`,
    [merchantId, ids],
  );
  return new Map(
    rows.map(({ id, data, time }) => [
      id,
      readHealth({ state: data.health, reason: data.reason ?? null, at: time.toISOString() }),
    ]),
  );
}

const readHealth = (found: object): Health => healthSchema.catch(UNKNOWN).parse(found);

async function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('not in time')), { once: true });
    }),
  ]);
}

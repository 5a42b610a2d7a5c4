import { openSettings } from './account-settings';
import type { Account, AccountDirectory } from './accounts';
import type { Database } from './database/database';
import type { Logger } from './logger';
import type { SecretBox } from './secret-box';

const CHANNEL = 'parley_accounts';
const RELOAD_MS = 60_000;
/** While the table was not there yet, or the database away. */
const RETRY_MS = 2_000;
/** How long "there is none" is believed, so that calls for made-up ids do not reach the database each. */
const UNKNOWN_MS = 1_000;
const UNKNOWN_MAX = 10_000;
/** undefined_table, invalid_schema_name: the API has not migrated yet. */
const NOT_MIGRATED = new Set(['42P01', '3F000']);

interface Row {
  readonly id: string;
  readonly merchant_id: string;
  readonly channel: string;
  readonly name: string;
  readonly state: string;
  readonly settings: Buffer;
  readonly language: string;
  readonly merchant_state: string;
}

type Entry = { readonly account: Account } | { readonly error: Error; readonly merchantId: string };

/** See `AccountDirectory`. */
export class PostgresAccountDirectory implements AccountDirectory {
  private entries = new Map<string, Entry>();
  private readonly unknownUntil = new Map<string, number>();
  private readonly listeners = new Set<(accountId: string) => void>();
  private timer: NodeJS.Timeout | undefined;
  private unlisten: (() => Promise<void>) | undefined;
  private closed = false;

  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
    private readonly log: Logger,
  ) {}

  async start(): Promise<void> {
    await this.reload();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    this.listeners.clear();
    await this.unlisten?.().catch(() => undefined);
  }

  async get(accountId: string): Promise<Account | null> {
    const known = this.entries.get(accountId) ?? (await this.lookUp(accountId));
    if (!known) return null;
    if ('error' in known) throw known.error;
    return known.account;
  }

  async list(): Promise<readonly Account[]> {
    return [...this.entries.values()].flatMap((entry) => ('account' in entry ? [entry.account] : []));
  }

  onChange(listener: (accountId: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** An account made a moment ago works at once. When the database is away, "none" would be a guess: this throws then. */
  private async lookUp(accountId: string): Promise<Entry | undefined> {
    const until = this.unknownUntil.get(accountId);
    if (until !== undefined && until > Date.now()) return undefined;
    const entry = (await this.fetch(accountId)).get(accountId);
    if (entry) {
      this.unknownUntil.delete(accountId);
      this.put(accountId, entry);
      return entry;
    }
    if (this.unknownUntil.size >= UNKNOWN_MAX) this.unknownUntil.clear();
    this.unknownUntil.set(accountId, Date.now() + UNKNOWN_MS);
    return undefined;
  }

  private async reload(): Promise<void> {
    let nextMs = RELOAD_MS;
    try {
      this.unlisten ??= await this.database.listen(CHANNEL, (payload) => void this.onNotified(payload));
      await this.loadAll();
    } catch (err) {
      nextMs = RETRY_MS;
      if (isNotMigrated(err)) this.log.debug('There is no table of accounts yet: the API has not started on this database');
      else this.log.warn({ err }, 'The accounts could not be read; the ones known stay');
    }
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.reload(), nextMs);
    this.timer.unref();
  }

  private async loadAll(): Promise<void> {
    const fetched = await this.fetch(null);
    const before = this.entries;
    this.entries = fetched;
    for (const id of new Set([...before.keys(), ...fetched.keys()])) {
      if (!same(before.get(id), fetched.get(id))) this.tell(id);
    }
  }

  private async onNotified(accountId: string): Promise<void> {
    if (this.closed) return;
    // Empty: the connection was lost, and some notices with it.
    if (!accountId) return this.reload();
    this.unknownUntil.delete(accountId);
    try {
      this.put(accountId, (await this.fetch(accountId)).get(accountId));
    } catch (err) {
      this.log.warn({ err, accountId }, 'A changed account could not be read');
      await this.reload();
    }
  }

  private put(accountId: string, entry: Entry | undefined): void {
    const before = this.entries.get(accountId);
    if (entry) this.entries.set(accountId, entry);
    else this.entries.delete(accountId);
    if (!same(before, entry)) this.tell(accountId);
  }

  private tell(accountId: string): void {
    for (const listener of this.listeners) {
      try {
        listener(accountId);
      } catch (err) {
        this.log.error({ err, accountId }, 'A listener for account changes failed');
      }
    }
  }

  private async fetch(accountId: string | null): Promise<Map<string, Entry>> {
    try {
      const { rows } = await this.database.query<Row>(
        '*',
        `SELECT a.id, a.merchant_id, a.channel, a.name, a.state, a.settings, m.language, m.state AS merchant_state
         FROM conversations.accounts a JOIN conversations.merchants m ON m.id = a.merchant_id
         WHERE a.state <> 'deleted' AND ($1::text IS NULL OR a.id = $1)`,
        [accountId],
      );
      return new Map(rows.map((row) => [row.id, this.entryOf(row)]));
    } catch (error) {
      if (isNotMigrated(error) && accountId !== null) return new Map();
      throw error;
    }
  }

  private entryOf(row: Row): Entry {
    const owner = { id: row.id, merchantId: row.merchant_id };
    try {
      const account: Account = {
        ...owner,
        channel: row.channel,
        name: row.name,
        state: row.state === 'active' && row.merchant_state === 'active' ? 'active' : 'paused',
        settings: openSettings(this.secrets, owner, row.settings),
        merchantLanguage: row.language,
      };
      return { account };
    } catch (err) {
      this.log.error({ err, accountId: row.id }, 'The settings of an account do not open; it cannot work until they do');
      return { error: err as Error, merchantId: row.merchant_id };
    }
  }
}

const isNotMigrated = (error: unknown): boolean => NOT_MIGRATED.has((error as { code?: string }).code ?? '');

const same = (a: Entry | undefined, b: Entry | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

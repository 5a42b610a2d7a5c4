/** A login on a channel, with its settings decrypted. */
export interface Account {
  readonly id: string;
  readonly merchantId: string;
  readonly channel: string;
  readonly name: string;
  /** `paused`: reads nothing, sends nothing, still takes in webhooks. */
  readonly state: 'active' | 'paused' | 'deleted';
  readonly settings: Record<string, unknown>;
  readonly merchantLanguage: string;
}

/**
 * The accounts, as every app reads them: kept in memory, so that webhooks are accepted while Postgres is away, and
 * refreshed by a notification within a second of a change. Written by the API only.
 */
export interface AccountDirectory {
  /** Null when there is none (deleted ones are gone). */
  get(accountId: string): Promise<Account | null>;
  list(): Promise<readonly Account[]>;
  /** Called after each change, with the account's id; returns the function that ends it. */
  onChange(listener: (accountId: string) => void): () => void;
}

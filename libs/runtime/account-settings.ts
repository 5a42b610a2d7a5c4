import type { SecretBox } from './secret-box';

/** Bound to the account and its merchant: a row that was copied elsewhere does not open. */
const aad = (account: Owner): string => `${account.merchantId}/${account.id}`;

interface Owner {
  readonly id: string;
  readonly merchantId: string;
}

/** What `conversations.accounts.settings` holds. */
export const sealSettings = (secrets: SecretBox, account: Owner, settings: Record<string, unknown>): Buffer =>
  secrets.seal(JSON.stringify(settings), aad(account));

export const openSettings = (secrets: SecretBox, account: Owner, sealed: Buffer): Record<string, unknown> =>
  JSON.parse(secrets.open(sealed, aad(account))) as Record<string, unknown>;

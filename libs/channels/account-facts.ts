import type { AccountFacts } from '@parley/connector';
import { ParleyError } from '@parley/model';
import type { Account, SecretBox } from '@parley/runtime';
import { connectorFor } from './registry';

/** Derived for the account alone, the same after every restart. */
export const signingKeyOf = (accountId: string, secrets: SecretBox): Uint8Array => secrets.derive(`account/${accountId}`);

/** Facts made of the very same account object are asked for with every webhook; parsing them again says nothing new. */
const made = new WeakMap<Account, AccountFacts<any>>();

/**
 * What a connector may know of the account.
 * @throws ParleyError `unknown-channel`, or `invalid-settings` when settings that were fine once are so no longer.
 */
export function accountFacts(account: Account, secrets: SecretBox): AccountFacts<any> {
  const known = made.get(account);
  if (known) return known;
  const connector = connectorFor(account.channel);
  if (!connector) throw new ParleyError('unknown-channel', `This Parley knows no channel "${account.channel}"`);
  const settings = connector.settings.safeParse(account.settings);
  if (!settings.success) {
    const fields = settings.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw new ParleyError('invalid-settings', `The settings of account ${account.id} need attention: ${fields}`);
  }
  const facts: AccountFacts<any> = Object.freeze({
    id: account.id,
    merchantId: account.merchantId,
    name: account.name,
    settings: settings.data,
    merchantLanguage: account.merchantLanguage,
    signingKey: signingKeyOf(account.id, secrets),
  });
  made.set(account, facts);
  return facts;
}

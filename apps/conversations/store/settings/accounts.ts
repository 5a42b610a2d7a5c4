import { ParleyError } from '@parley/model';
import { ACCOUNTS_CHANNEL, type Queryable } from '../event-stream';
import { storable, storableText } from '../storable';
import type { Transaction } from '../transactions';
import { type AccountRecord, accounts } from './accounts.tables';

/** Inserts (event account.connected) and announces it to every process. */
export async function insertAccount(
  tx: Transaction,
  account: Omit<AccountRecord, 'createdAt' | 'updatedAt'>,
): Promise<AccountRecord> {
  const { settings, ...facts } = account;
  const record = await accounts.insert(tx.client, { ...storable(facts), settings });
  if (!record) throw new ParleyError('not-stored', 'The database gave nothing back');
  const { id, merchantId, channel, name, createdAt } = record;
  tx.emit({
    type: 'parley.account.connected.v1',
    merchantId,
    accountId: id,
    subject: id,
    conversationId: null,
    discriminator: '',
    time: createdAt,
    data: { accountId: id, channel, name },
  });
  tx.announce(ACCOUNTS_CHANNEL, id);
  return record;
}

/** Changes what is given and announces it; deleting is `state: 'deleted'`, which also forgets the settings. Null: none such. */
export async function updateAccount(
  tx: Transaction,
  merchantId: string,
  id: string,
  patch: Partial<Pick<AccountRecord, 'name' | 'state' | 'settings' | 'settingsShown'>>,
): Promise<AccountRecord | null> {
  const { settings, ...facts } = patch;
  const forgotten = patch.state === 'deleted' ? { settings: Buffer.alloc(0), settingsShown: {} } : settings && { settings };
  const key = { merchant_id: merchantId, id: storableText(id) };
  const record = await accounts.update(tx.client, key, { ...storable(facts), ...forgotten }, ['updated_at = now()']);
  if (!record) return null;
  tx.announce(ACCOUNTS_CHANNEL, record.id);
  return record;
}

/** Without deleted ones. */
export const listAccounts = (client: Queryable, merchantId: string): Promise<AccountRecord[]> =>
  accounts.select(client, `WHERE t.merchant_id = $1 AND t.state <> 'deleted' ORDER BY t.created_at, t.id`, [merchantId]);

export const getAccount = async (client: Queryable, merchantId: string, id: string): Promise<AccountRecord | null> =>
  (await accounts.select(client, 'WHERE t.merchant_id = $1 AND t.id = $2', [merchantId, storableText(id)]))[0] ?? null;

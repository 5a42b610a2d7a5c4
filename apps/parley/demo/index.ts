import { connectorFor } from '@parley/channels';
import { appendEntries } from '@parley/event-log';
import { type InboundTranslated, rawId } from '@parley/model';
import { type Account, firstTime, type House, type RunningHouse, say, sealSettings } from '@parley/runtime';
import { shownSettings } from '../../conversations/api/accounts/settings-form';
import { insertAccount, Transactions } from '../../conversations/store';
import { conversations } from './conversations';
import { rawItems } from './raw-items';
import { sendReplies } from './replies';
import { accounts, type DemoAccount, SHOP_LANGUAGE } from './shop';
import { type StoredMessage, untilStored } from './stored';

const BEGUN = 'demo shop begun';
const DONE = 'demo shop';

/**
 * Fills the first merchant's inbox with a small shop, once: accounts of every channel, and what their buyers would have
 * written, taken in by the log as if it had come from outside. Interrupted and begun again it ends the same, since all
 * ids are derived.
 */
export async function seedDemo(running: RunningHouse): Promise<void> {
  const { house, url } = running;
  const merchantId = await firstMerchant(house);
  if (!(await isSeeded(house))) {
    say('Making the demo shop');
    for (const account of accounts) await makeAccount(running, merchantId, account);
    const now = await beginning(house);
    for (const { id } of accounts) await appendRaw(house, await accountOf(house, id), now);
    const stored = await untilStored(house, merchantId);
    if (house.config.translation.length === 0) await appendTranslations(house, merchantId, stored);
    await sendReplies(house, url, merchantId, stored);
    await firstTime(house, DONE);
  }
  say(
    `Demo shop      ${url}/ holds ${conversations.length} conversations; all its accounts but the web chat are paused and reach nobody`,
  );
  say(`               The shop's web chat: ${url}/widget.js with account ${accounts[0]?.id}`);
}

/** When the demo was begun for the first time: a mail is known by its bytes, its date among them. */
async function beginning(house: House): Promise<number> {
  await firstTime(house, BEGUN);
  const { rows } = await house.database.query<{ at: Date }>('*', 'SELECT at FROM runtime.announcements WHERE name = $1', [BEGUN]);
  return rows[0]?.at.getTime() ?? Date.now();
}

async function isSeeded(house: House): Promise<boolean> {
  const { rowCount } = await house.database.query('*', 'SELECT FROM runtime.announcements WHERE name = $1', [DONE]);
  return rowCount === 1;
}

async function firstMerchant(house: House): Promise<string> {
  const { rows } = await house.database.query<{ id: string }>(
    '*',
    'SELECT id FROM conversations.merchants ORDER BY created_at, id LIMIT 1',
  );
  if (!rows[0]) throw new Error('There is no merchant whose inbox the demo could fill');
  return rows[0].id;
}

/** As the API makes one, but under a name that stays the same, and paused from the beginning. */
async function makeAccount({ house, nest }: RunningHouse, merchantId: string, account: DemoAccount): Promise<void> {
  const connector = connectorFor(account.channel);
  if (!connector || (await house.accounts.get(account.id))) return;
  const { id, channel, name, state, settings } = account;
  await nest.get(Transactions, { strict: false }).run(merchantId, (tx) =>
    insertAccount(tx, {
      id,
      merchantId,
      channel,
      name,
      state,
      settings: sealSettings(house.secrets, { id, merchantId }, settings),
      settingsShown: shownSettings(connector, settings),
    }),
  );
}

async function accountOf(house: House, id: string): Promise<Account> {
  const account = await house.accounts.get(id);
  if (!account) throw new Error(`The demo account ${id} is not there`);
  return account;
}

async function appendRaw(house: House, account: Account, now: number): Promise<void> {
  const items = conversations
    .filter((conversation) => conversation.channel === account.channel)
    .flatMap((conversation) => rawItems(house, account, conversation, now));
  await appendEntries(
    house.eventLog,
    'inbound.raw',
    items.map((item) => ({
      key: `${account.id}/${item.orderKey ?? ''}`,
      entry: {
        id: rawId(account.id, item.dedupeKey),
        merchantId: account.merchantId,
        accountId: account.id,
        channel: account.channel,
        merchantLanguage: account.merchantLanguage,
        receivedAt: new Date(now).toISOString(),
        content:
          'json' in item.content
            ? { encoding: 'json' as const, value: item.content.json }
            : { encoding: 'base64' as const, value: Buffer.from(item.content.bytes).toString('base64') },
      },
    })),
  );
}

/** Where no engine is configured, what each message says in Chinese comes with the demo. */
async function appendTranslations(house: House, merchantId: string, stored: readonly StoredMessage[]): Promise<void> {
  const at = new Date().toISOString();
  const entries = stored.map(({ id, conversationId, accountId, conversation, message }) => {
    const entry: InboundTranslated = {
      merchantId,
      accountId,
      channel: conversation.channel,
      conversationId,
      messageId: id,
      language: conversation.language,
      languageConfidence: 1,
      conversationLanguage: conversation.language,
      status: 'done',
      translation: {
        language: SHOP_LANGUAGE,
        parts: [{ kind: 'text', text: message.zh }],
        engine: 'demo',
        checks: {},
        editedBy: null,
      },
      error: null,
      at,
    };
    return { key: conversationId, entry };
  });
  await appendEntries(house.eventLog, 'inbound.translated', entries);
}

import { Controller } from '@nestjs/common';
import { checkHosts, connectorFor } from '@parley/channels';
import type { Connector } from '@parley/connector';
import { newId } from '@parley/model';
import { type Account, House, openSettings, ProblemError, sealSettings } from '@parley/runtime';
import { z } from 'zod';
import { type AccountRecord, getAccount, insertAccount, listAccounts, Transactions, updateAccount } from '../../store';
import { Call, FromBody, FromPath } from '../call/call';
import { By, type Caller, type Exchange, notFound, Over, sees } from '../call/caller';
import { Idempotency } from '../call/idempotency';
import { AccountHealth, type Health, healthSchema } from './account-health';
import { mergedSettings, readSettings, shownSettings } from './settings-form';

const settings = z.record(z.string(), z.unknown()).describe("In the channel's own words: see `GET /v1/connectors`.");
const newAccount = z.strictObject({ channel: z.string().max(50), name: z.string().trim().min(1).max(200), settings });
const changedAccount = z.strictObject({
  name: z.string().trim().min(1).max(200).optional(),
  state: z.enum(['active', 'paused']).optional(),
  settings: settings.optional().describe('Only what changes; null takes a setting back.'),
});
export const accountSchema = z.object({
  id: z.string(),
  channel: z.string(),
  name: z.string(),
  state: z.enum(['active', 'paused', 'deleted']),
  settings: z.record(z.string(), z.unknown()).describe('Secrets are shown as set, never as they are.'),
  webhookUrl: z.string().nullable().describe('What the channel is to call; null where Parley fetches.'),
  health: healthSchema,
  createdAt: z.string(),
  updatedAt: z.string(),
});
const checkSchema = z.object({
  ok: z.boolean(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
  health: healthSchema,
});
const tag = 'Accounts';

@Controller()
export class AccountsController {
  constructor(
    private readonly house: House,
    private readonly transactions: Transactions,
    private readonly idempotency: Idempotency,
    private readonly health: AccountHealth,
  ) {}

  @Call('GET /v1/accounts', {
    summary: 'All connected accounts',
    tag,
    scopes: ['messages:read', 'bot'],
    answer: z.object({ data: z.array(accountSchema), nextCursor: z.null() }),
  })
  async list(@By() caller: Caller) {
    const merchantId = caller.merchant.id;
    const all = await this.house.database.transaction(merchantId, (client) => listAccounts(client, merchantId));
    const accounts = all.filter((account) => sees(caller, account.id));
    const health = await this.health.of(merchantId, accounts);
    return { data: accounts.map((account) => this.shown(account, health.get(account.id))), nextCursor: null };
  }

  @Call('GET /v1/accounts/:id', { summary: 'One account', tag, scopes: ['messages:read', 'bot'], answer: accountSchema })
  async get(@By() caller: Caller, @FromPath() id: string) {
    return this.answer(await this.find(caller, id));
  }

  @Call('POST /v1/accounts', {
    summary: 'Connect a channel',
    tag,
    scopes: ['admin'],
    status: 201,
    answer: accountSchema,
    once: true,
  })
  create(@By() caller: Caller, @FromBody(newAccount) body: z.infer<typeof newAccount>, @Over() over: Exchange) {
    return this.idempotency.once(over, { merchantId: caller.merchant.id, status: 201 }, async () => {
      if (caller.key.accountIds) {
        throw new ProblemError(403, 'accounts-not-allowed', 'This key is bound to accounts: it cannot make further ones.');
      }
      const connector = connectorFor(body.channel);
      if (!connector) throw unknownChannel(body.channel);
      const checked = await this.checkedSettings(connector, body.settings);
      const owner = { id: newId('acc'), merchantId: caller.merchant.id };
      const record = await this.transactions.run(owner.merchantId, (tx) =>
        insertAccount(tx, {
          ...owner,
          channel: body.channel,
          name: body.name,
          state: 'active',
          settings: sealSettings(this.house.secrets, owner, checked),
          settingsShown: shownSettings(connector, checked),
        }),
      );
      // The answer does not wait for the channel: its health shows up with the account.
      void this.checkQuietly(record, checked, caller);
      return this.answer(record);
    });
  }

  @Call('PATCH /v1/accounts/:id', {
    summary: 'Change, pause or resume an account',
    tag,
    scopes: ['admin'],
    answer: accountSchema,
  })
  async change(@By() caller: Caller, @FromPath() id: string, @FromBody(changedAccount) body: z.infer<typeof changedAccount>) {
    const record = await this.find(caller, id);
    const { settings: patch, ...rest } = body;
    const changed = patch ? await this.changedSettings(record, patch) : {};
    const updated = await this.transactions.run(record.merchantId, (tx) =>
      updateAccount(tx, record.merchantId, id, { ...rest, ...changed }),
    );
    if (!updated) throw notFound('account');
    return this.answer(updated);
  }

  @Call('DELETE /v1/accounts/:id', {
    summary: 'Disconnect an account; its conversations stay',
    tag,
    scopes: ['admin'],
    status: 204,
  })
  async remove(@By() caller: Caller, @FromPath() id: string): Promise<void> {
    const record = await this.find(caller, id);
    await this.transactions.run(record.merchantId, (tx) => updateAccount(tx, record.merchantId, id, { state: 'deleted' }));
    await this.house.credentials.forget(id);
  }

  @Call('POST /v1/accounts/:id/check', { summary: 'Look whether an account works', tag, scopes: ['admin'], answer: checkSchema })
  async check(@By() caller: Caller, @FromPath() id: string) {
    const record = await this.find(caller, id);
    const account = this.opened(record, caller);
    const { ok, message, details = {} } = await this.health.check(account);
    const health = (await this.health.of(record.merchantId, [record])).get(id);
    return { ok, message, details, health };
  }

  private async find(caller: Caller, id: string): Promise<AccountRecord> {
    const merchantId = caller.merchant.id;
    const record = await this.house.database.transaction(merchantId, (client) => getAccount(client, merchantId, id));
    if (!record || record.state === 'deleted' || !sees(caller, id)) throw notFound('account');
    return record;
  }

  private async answer(record: AccountRecord) {
    return this.shown(record, (await this.health.of(record.merchantId, [record])).get(record.id));
  }

  private shown(record: AccountRecord, health: Health | undefined) {
    const { id, channel, name, state, settingsShown, createdAt, updatedAt } = record;
    return {
      id,
      channel,
      name,
      state,
      settings: settingsShown,
      webhookUrl: this.webhookUrl(record),
      health,
      createdAt,
      updatedAt,
    };
  }

  private webhookUrl({ id, channel }: AccountRecord): string | null {
    const called = connectorFor(channel)?.receive.some((receiver) => receiver.kind === 'webhook');
    if (channel === 'webchat' || !called) return null;
    return `${this.house.config.publicUrl}/channels/${id}/webhook`;
  }

  private opened(record: AccountRecord, caller: Caller): Account {
    const { id, merchantId, channel, name, state } = record;
    const opened = openSettings(this.house.secrets, record, record.settings);
    return { id, merchantId, channel, name, state, settings: opened, merchantLanguage: caller.merchant.language };
  }

  private async changedSettings(record: AccountRecord, patch: Record<string, unknown>) {
    const connector = connectorFor(record.channel);
    if (!connector) throw unknownChannel(record.channel);
    const before = openSettings(this.house.secrets, record, record.settings);
    const checked = await this.checkedSettings(connector, mergedSettings(before, patch));
    return {
      settings: sealSettings(this.house.secrets, record, checked),
      settingsShown: shownSettings(connector, checked),
    };
  }

  /** @throws ProblemError 422 with every problem of the settings. */
  private async checkedSettings(connector: Connector, given: Record<string, unknown>): Promise<Record<string, unknown>> {
    const read = readSettings(connector, given);
    if ('problems' in read) {
      throw new ProblemError(422, 'invalid-settings', `These settings are not those of ${connector.title}.`, {
        errors: read.problems,
      });
    }
    const hosts = await checkHosts(this.house, connector, read.parsed);
    if (hosts.length === 0) return read.settings;
    throw new ProblemError(422, 'private-host', 'A host of these settings is on this machine or its network.', {
      errors: hosts.map(({ path, message }) => ({ pointer: `/settings${path}`, detail: message, code: 'private-host' })),
    });
  }

  private async checkQuietly(record: AccountRecord, checked: Record<string, unknown>, caller: Caller): Promise<void> {
    try {
      const { id, merchantId, channel, name, state } = record;
      await this.health.check({
        id,
        merchantId,
        channel,
        name,
        state,
        settings: checked,
        merchantLanguage: caller.merchant.language,
      });
    } catch (err) {
      this.house.log.warn({ err, accountId: record.id }, 'A new account could not be checked');
    }
  }
}

const unknownChannel = (channel: string): ProblemError =>
  new ProblemError(422, 'unknown-channel', `This Parley knows no channel "${channel}".`, {
    errors: [{ pointer: '/channel', detail: 'See GET /v1/connectors for the channels there are.', code: 'unknown-channel' }],
  });

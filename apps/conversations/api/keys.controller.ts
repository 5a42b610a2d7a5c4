import { Controller } from '@nestjs/common';
import { newId } from '@parley/model';
import { House, ProblemError } from '@parley/runtime';
import { z } from 'zod';
import { type ApiKeyRecord, getAccount, insertApiKey, listApiKeys, newApiKey, revokeApiKey } from '../store';
import { Call, FromBody, FromPath } from './call/call';
import { By, type Caller, type Exchange, notFound, Over, scopes, sees } from './call/caller';
import { Idempotency } from './call/idempotency';
import { KEYS_CHANNEL } from './call/key-ring';

const newKey = z.strictObject({
  name: z.string().trim().min(1).max(200),
  scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
  accountIds: z.array(z.string().max(100)).min(1).max(100).nullish().describe('Only these accounts; absent: all.'),
});
const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe('How the key begins, to recognise it by.'),
  scopes: z.array(z.string()),
  accountIds: z.array(z.string()).nullable(),
  createdAt: z.string(),
  lastUsedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
});
const tag = 'Keys';

@Controller()
export class KeysController {
  constructor(
    private readonly house: House,
    private readonly idempotency: Idempotency,
  ) {}

  @Call('GET /v1/keys', {
    summary: 'All keys, without the keys themselves',
    tag,
    scopes: ['admin'],
    answer: z.object({ data: z.array(keySchema), nextCursor: z.null() }),
  })
  async list(@By() caller: Caller) {
    const merchantId = caller.merchant.id;
    const keys = await this.house.database.transaction(merchantId, (client) => listApiKeys(client, merchantId));
    return { data: keys.filter((key) => isWithin(caller, key.accountIds)).map(shown), nextCursor: null };
  }

  @Call('POST /v1/keys', {
    summary: 'A new key; it is shown this once',
    tag,
    scopes: ['admin'],
    status: 201,
    once: true,
    answer: keySchema.extend({ key: z.string() }),
  })
  create(@By() caller: Caller, @FromBody(newKey) body: z.infer<typeof newKey>, @Over() over: Exchange) {
    const merchantId = caller.merchant.id;
    return this.idempotency.once(over, { merchantId, status: 201, secret: true }, async () => {
      assertNotWider(caller, body.accountIds ?? null);
      const key = newApiKey();
      const record = await this.house.database.transaction(merchantId, async (client) => {
        for (const [index, accountId] of (body.accountIds ?? []).entries()) {
          if (!(await getAccount(client, merchantId, accountId))) throw unknownAccount(index);
        }
        return insertApiKey(client, {
          id: newId('key'),
          merchantId,
          name: body.name,
          key,
          scopes: [...new Set(body.scopes)],
          accountIds: body.accountIds ?? null,
        });
      });
      return { ...shown(record), key };
    });
  }

  @Call('DELETE /v1/keys/:id', { summary: 'Revoke a key', tag, scopes: ['admin'], status: 204 })
  async revoke(@By() caller: Caller, @FromPath() id: string): Promise<void> {
    const merchantId = caller.merchant.id;
    const revoked = await this.house.database.transaction(merchantId, async (client) => {
      const key = (await listApiKeys(client, merchantId)).find((each) => each.id === id);
      return key !== undefined && isWithin(caller, key.accountIds) && revokeApiKey(client, merchantId, id);
    });
    if (!revoked) throw notFound('key');
    await this.house.database.notify(KEYS_CHANNEL, id);
  }
}

const shown = ({ merchantId: _, ...key }: ApiKeyRecord) => key;

/** A key bound to accounts has to do with keys of these accounts alone. */
const isWithin = (caller: Caller, accountIds: readonly string[] | null): boolean =>
  caller.key.accountIds === null || (accountIds?.every((id) => sees(caller, id)) ?? false);

function assertNotWider(caller: Caller, accountIds: readonly string[] | null): void {
  if (isWithin(caller, accountIds)) return;
  const detail = 'This key is bound to accounts; it can make keys for these only.';
  throw new ProblemError(403, 'accounts-not-allowed', detail, { errors: [{ pointer: '/accountIds', detail }] });
}

const unknownAccount = (index: number): ProblemError =>
  new ProblemError(422, 'unknown-account', 'There is no such account.', {
    errors: [{ pointer: `/accountIds/${index}`, detail: 'There is no such account.', code: 'unknown-account' }],
  });

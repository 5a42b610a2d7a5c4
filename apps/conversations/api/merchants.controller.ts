import { Controller } from '@nestjs/common';
import { newId } from '@parley/model';
import { House } from '@parley/runtime';
import { z } from 'zod';
import { createMerchant, insertApiKey, listMerchants, newApiKey } from '../store';
import { Call, FromBody } from './call/call';
import { type Exchange, Over } from './call/caller';
import { Idempotency } from './call/idempotency';
import { language } from './page';

const newMerchant = z.strictObject({
  name: z.string().trim().min(1).max(200),
  language: language.describe('What the shop reads.'),
  region: z.string().trim().min(1).max(100).nullish(),
});
const merchantSchema = z.object({
  id: z.string(),
  name: z.string(),
  language: z.string(),
  region: z.string().nullable(),
  state: z.enum(['active', 'suspended']),
  createdAt: z.string(),
});
const tag = 'Merchants';

/** For the operator alone. */
@Controller()
export class MerchantsController {
  constructor(
    private readonly house: House,
    private readonly idempotency: Idempotency,
  ) {}

  @Call('GET /v1/merchants', {
    summary: 'All merchants',
    tag,
    scopes: 'operator',
    answer: z.object({ data: z.array(merchantSchema), nextCursor: z.null() }),
  })
  async list() {
    return { data: await this.house.database.transaction('*', (client) => listMerchants(client)), nextCursor: null };
  }

  @Call('POST /v1/merchants', {
    summary: 'A new merchant, with a first key that is shown this once',
    tag,
    scopes: 'operator',
    status: 201,
    once: true,
    answer: merchantSchema.extend({ key: z.string() }),
  })
  create(@FromBody(newMerchant) body: z.infer<typeof newMerchant>, @Over() over: Exchange) {
    return this.idempotency.once(over, { merchantId: '*', status: 201, secret: true }, async () => {
      const key = newApiKey();
      const merchant = await this.house.database.transaction('*', async (client) => {
        const { name, language: reads, region = null } = body;
        const created = await createMerchant(client, { id: newId('mer'), name, language: reads, region });
        const first = { id: newId('key'), merchantId: created.id, name: 'first key', scopes: ['admin'], accountIds: null };
        await insertApiKey(client, { ...first, key });
        return created;
      });
      return { ...merchant, key };
    });
  }
}

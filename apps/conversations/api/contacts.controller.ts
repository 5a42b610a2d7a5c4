import { Controller } from '@nestjs/common';
import { type Contact, contactSchema } from '@parley/model';
import { House } from '@parley/runtime';
import { z } from 'zod';
import { getContact, patchContact } from '../store';
import { Call, FromBody, FromPath } from './call/call';
import { By, type Caller, notFound, sees } from './call/caller';

const patchBody = z.strictObject({
  name: z.string().trim().min(1).max(200).nullish(),
  vip: z.boolean().optional(),
  tags: z.array(z.string().trim().min(1).max(100)).max(50).optional(),
});
const tag = 'Contacts';

@Controller()
export class ContactsController {
  constructor(private readonly house: House) {}

  @Call('GET /v1/contacts/:id', { summary: 'One contact', tag, scopes: ['messages:read', 'bot'], answer: contactSchema })
  async get(@By() caller: Caller, @FromPath() id: string): Promise<Contact> {
    const merchantId = caller.merchant.id;
    return visible(caller, await this.house.database.transaction(merchantId, (client) => getContact(client, merchantId, id)));
  }

  @Call('PATCH /v1/contacts/:id', { summary: 'Name, VIP, tags', tag, scopes: ['messages:write'], answer: contactSchema })
  async change(
    @By() caller: Caller,
    @FromPath() id: string,
    @FromBody(patchBody) body: z.infer<typeof patchBody>,
  ): Promise<Contact> {
    const merchantId = caller.merchant.id;
    await this.get(caller, id);
    return visible(
      caller,
      await this.house.database.transaction(merchantId, (client) => patchContact(client, merchantId, id, body)),
    );
  }
}

/** A key bound to accounts knows a person by the addresses there alone. */
function visible(caller: Caller, contact: Contact | null): Contact {
  const identities = contact?.identities.filter(({ accountId }) => sees(caller, accountId)) ?? [];
  if (!contact || (caller.key.accountIds && identities.length === 0)) throw notFound('contact');
  return { ...contact, identities };
}

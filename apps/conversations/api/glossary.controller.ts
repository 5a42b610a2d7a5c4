import { Controller } from '@nestjs/common';
import { newId } from '@parley/model';
import { House } from '@parley/runtime';
import { z } from 'zod';
import { deleteGlossaryTerm, type GlossaryTerm, getGlossaryTerm, listGlossary, putGlossaryTerm } from '../store';
import { Call, FromBody, FromPath, FromQuery } from './call/call';
import { By, type Caller, type Exchange, notFound, Over } from './call/caller';
import { Idempotency } from './call/idempotency';
import { language, pageOf, pageQuery, readPage } from './page';
import { unprocessable } from './replies/drafting';

const word = z.string().trim().min(1).max(500);
const fields = {
  source: word,
  sourceLanguage: language,
  targets: z.record(language, word).describe('Language to the term to use there.'),
  doNotTranslate: z.boolean(),
  forbidden: z.record(language, z.array(word).max(50)).describe('Language to words that must not appear there.'),
  scope: z.record(z.string(), z.unknown()),
};
const newTerm = z.strictObject({
  ...fields,
  targets: fields.targets.default({}),
  doNotTranslate: fields.doNotTranslate.default(false),
  forbidden: fields.forbidden.default({}),
  scope: fields.scope.default({}),
});
const changedTerm = z.strictObject(fields).partial();
const termSchema = z.object({ id: z.string(), ...fields, createdAt: z.string(), updatedAt: z.string() });
const tag = 'Glossary';

/** The words a shop wants said in one way. */
@Controller()
export class GlossaryController {
  constructor(
    private readonly house: House,
    private readonly idempotency: Idempotency,
  ) {}

  @Call('GET /v1/glossary', { summary: 'All terms', tag, scopes: ['messages:read', 'bot'], answer: pageOf(termSchema) })
  list(@By() caller: Caller, @FromQuery(pageQuery) page: z.infer<typeof pageQuery>) {
    const merchantId = caller.merchant.id;
    return readPage(() => this.house.database.transaction(merchantId, (client) => listGlossary(client, merchantId, page)));
  }

  @Call('POST /v1/glossary', { summary: 'A new term', tag, scopes: ['admin'], status: 201, once: true, answer: termSchema })
  create(@By() caller: Caller, @FromBody(newTerm) body: z.infer<typeof newTerm>, @Over() over: Exchange) {
    return this.idempotency.once(over, { merchantId: caller.merchant.id, status: 201 }, () =>
      this.put(caller, { id: newId('trm'), ...body }),
    );
  }

  @Call('GET /v1/glossary/:id', { summary: 'One term', tag, scopes: ['messages:read', 'bot'], answer: termSchema })
  async get(@By() caller: Caller, @FromPath() id: string) {
    const merchantId = caller.merchant.id;
    const term = await this.house.database.transaction(merchantId, (client) => getGlossaryTerm(client, merchantId, id));
    if (!term) throw notFound('term');
    return term;
  }

  @Call('PATCH /v1/glossary/:id', { summary: 'Change a term', tag, scopes: ['admin'], answer: termSchema })
  async change(@By() caller: Caller, @FromPath() id: string, @FromBody(changedTerm) body: z.infer<typeof changedTerm>) {
    const { createdAt: _created, updatedAt: _updated, ...term } = await this.get(caller, id);
    return this.put(caller, { ...term, ...body });
  }

  @Call('DELETE /v1/glossary/:id', { summary: 'Remove a term', tag, scopes: ['admin'], status: 204 })
  async remove(@By() caller: Caller, @FromPath() id: string): Promise<void> {
    const merchantId = caller.merchant.id;
    if (!(await this.house.database.transaction(merchantId, (client) => deleteGlossaryTerm(client, merchantId, id))))
      throw notFound('term');
  }

  private put(caller: Caller, term: Omit<GlossaryTerm, 'createdAt' | 'updatedAt'>): Promise<GlossaryTerm> {
    const says = term.doNotTranslate || Object.keys(term.targets).length > 0 || Object.keys(term.forbidden).length > 0;
    if (!says) throw unprocessable('/targets', 'empty-term', 'Give targets or forbidden words, or set doNotTranslate.');
    const merchantId = caller.merchant.id;
    return this.house.database.transaction(merchantId, (client) => putGlossaryTerm(client, merchantId, term));
  }
}

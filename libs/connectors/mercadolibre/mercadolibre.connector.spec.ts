import { describeConnector, type FakeProvider, type SampleMessage } from '@parley/connector/testing';
import { mercadolibre } from './mercadolibre.connector';
import type { Request } from './send/request';
import { FakeMercadoLibre, refusal, type Seen } from './testing/fake-mercadolibre';
import { account, contextOf, message, order, push, pushRequest, rawSettings, SELLER } from './testing/fixtures';

/** Two buyers with a purchase each. */
const packOf = (sample: SampleMessage) => `200000000000000${sample.from}`;
const buyerOf = (packId: string | undefined) => `9000000${packId?.at(-1)}`;

const inWords = (sample: SampleMessage, fields: Record<string, unknown> = {}) =>
  message({
    id: sample.id,
    from: { user_id: Number(buyerOf(packOf(sample))) },
    text: sample.text,
    message_date: { received: new Date(sample.at).toISOString() },
    message_resources: [{ id: packOf(sample), name: 'packs' }],
    ...fields,
  });

/** Pushes tell nothing: what they point to is kept for when it is read. */
const held = new Map<string, object>();
function pushFor(said: { readonly id: string }) {
  held.set(said.id, said);
  return pushRequest(push({ resource: said.id, sent: `sent-${said.id}` }));
}

/** Refusals that repeat what was to be said, as some do. */
const ECHO = 'Confidencial: su lámpara azul sale mañana';

function provider(): Promise<FakeProvider> {
  const fake = new FakeMercadoLibre();
  const last = ({ path }: Seen) => path.split('/').at(-1);
  let sent = 0;
  fake.routes.set('GET /messages/', (seen: Seen) => ({ status: 200, body: { messages: [held.get(last(seen) ?? '')] } }));
  fake.routes.set('GET /messages/packs/', { conversation_status: { status: 'active' }, messages: [] });
  fake.routes.set('GET /packs/', (seen: Seen) => ({ status: 200, body: { orders: [{ id: last(seen) }] } }));
  fake.routes.set('GET /orders/', (seen: Seen) => ({
    status: 200,
    body: order({ id: last(seen), pack_id: last(seen), buyer: { id: buyerOf(last(seen)) } }),
  }));
  fake.routes.set('POST /messages/packs/', () => ({ status: 200, body: { id: `out-${sent++}`, status: 'available' } }));
  return fake.start({
    throttled: refusal(429, { message: ECHO }, { 'retry-after': '7' }),
    'server-error': refusal(500, { error: 'internal_error', message: ECHO }),
    'expired-token': refusal(401, { error: 'unauthorized', message: ECHO }),
    refused: refusal(400, { error: ECHO, message: ECHO, cause: [{ code: 'text', message: ECHO }] }),
  });
}

describeConnector(mercadolibre, {
  settings: (providerUrl) => ({ ...rawSettings, apiBaseUrl: providerUrl }),
  inbound: {
    kind: 'webhook',
    batches: false,
    signature: null,
    requests: (messages) => messages.map((sample) => pushFor(inWords(sample))),
    sign: (body) => pushRequest(body),
    malformed: [5, null, [], {}, { topic: 'messages' }, push({ resource: '' }), push({ user_id: { id: 1 } })],
    unknownKind: (sample) => pushFor(inWords(sample, { text: null, message_attachments: [], hologram: { id: 'h1' } })),
  },
  outbound: {
    provider,
    shortText: 'Sí, queda una. 39,90 $',
    describe: (request: Request) => ({
      texts: request.kind === 'guide' ? [] : [request.text],
      media: request.kind === 'message' ? request.files.map(({ mime }) => ({ mime, caption: null })) : [],
      choices: [],
    }),
  },
});

describe('the account', () => {
  let fake: FakeMercadoLibre;
  let running: FakeProvider;
  beforeEach(async () => {
    fake = new FakeMercadoLibre();
    running = await fake.start();
  });
  afterEach(() => running.close());
  const check = () => mercadolibre.check?.(contextOf(running.url));

  it.each([
    ['works', { id: Number(SELLER), site_id: 'MLA', nickname: 'TIENDA' }, true, 'Connected as TIENDA.'],
    ['has tokens of somebody else', { id: 1, site_id: 'MLA' }, false, 'The tokens belong to the seller 1'],
    ['sells elsewhere', { id: Number(SELLER), site_id: 'MLB' }, false, 'The seller sells on MLB, not on MLA.'],
  ])('%s', async (_, me, ok, words) => {
    fake.routes.set('GET /users/me', me);
    expect(await check()).toMatchObject({ ok, message: expect.stringContaining(words) });
  });

  it('is told that the application lacks a permission', async () => {
    fake.routes.set('GET /users/me', { id: Number(SELLER) });
    fake.routes.set('GET /messages/unread', () => refusal(403, { code: 'PA_UNAUTHORIZED_RESULT_FROM_POLICIES' }));
    expect(await check()).toMatchObject({ ok: false, details: { code: 'permission-missing', fault: 'unauthorized' } });
  });

  it.each([
    [{ filename: 'a b.jpg', siteId: 'MLA' }, '/messages/attachments/a%20b.jpg'],
    [{ filename: 'a.jpg', siteId: 'MLA', claimId: '5200' }, '/post-purchase/v1/claims/5200/attachments/a.jpg/download'],
  ])('fetches %j', async (ref, path) => {
    fake.routes.set(`GET ${path}`, () => ({
      status: 200,
      headers: { 'content-type': 'image/jpeg' },
      body: Buffer.from('bytes'),
    }));
    await expect(mercadolibre.downloadMedia?.(ref, contextOf(running.url))).resolves.toEqual({
      bytes: new Uint8Array(Buffer.from('bytes')),
      mime: 'image/jpeg',
      name: ref.filename,
    });
  });

  it.each([
    ['2000003508419013', 'pack:2000003508419013'],
    ['pack:2000003508419013', 'pack:2000003508419013'],
    ['pack:4401', 'pack:4401'],
  ])('a conversation can be begun about the purchase %s', (address, key) => {
    expect(mercadolibre.addressFor?.({ address }, account())).toMatchObject({
      thread: { key, address: { kind: 'pack', to: null } },
    });
  });

  it.each(['90001111', '3037674934', 'maria', 'pack:', 'pack:x', '../users/me'])('but not with %s', (address) => {
    expect(() => mercadolibre.addressFor?.({ address }, account())).toThrow(expect.objectContaining({ code: 'bad-address' }));
  });
});

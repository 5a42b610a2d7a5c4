import type { FakeProvider } from '@parley/connector/testing';
import { mercadolibre } from '../mercadolibre.connector';
import { firstRequest, packAddress } from '../testing/drafts';
import { FakeMercadoLibre, refusal } from '../testing/fake-mercadolibre';
import { ASSISTANT, BUYER, contextOf, GUIDE_PATH, lay, message, ownMessage, PACK_PATH } from '../testing/fixtures';

let fake: FakeMercadoLibre;
let running: FakeProvider;
beforeEach(async () => {
  fake = new FakeMercadoLibre();
  running = await fake.start();
});
afterEach(() => running.close());

const OPTION = `${GUIDE_PATH}/option`;
const first = () => firstRequest('Su pedido sale hoy.', { address: packAddress(null) });
const send = (request = first()) => mercadolibre.send(request, contextOf(running.url));
const layGuide = (options: readonly object[], caps: readonly object[] = []) => {
  fake.routes.set(`GET ${GUIDE_PATH}`, { options });
  fake.routes.set(`GET ${GUIDE_PATH}/caps_available`, caps);
  fake.routes.set(`POST ${OPTION}`, { id: 'out-1', status: 'available' });
};

it('goes by the guide', async () => {
  layGuide([{ id: 'OTHER', enabled: true, char_limit: 350 }], [{ option_id: 'OTHER', cap_available: 1 }]);
  await expect(send()).resolves.toEqual({ externalId: 'out-1' });
  expect(fake.sent(OPTION)[0]?.body).toEqual({ option_id: 'OTHER', text: 'Su pedido sale hoy.' });
  expect(fake.asked(`${GUIDE_PATH}/caps_available`)).toHaveLength(1);
  expect(fake.sent(PACK_PATH)).toHaveLength(0);
});

it.each([
  [
    'delivered already',
    [{ id: 'OTHER', enabled: false }, { id: 'SEND_INVOICE_LINK' }],
    [],
    'first-contact-closed',
    'SEND_INVOICE_LINK',
  ],
  [
    'not among the options',
    [{ id: 'REQUEST_VARIANTS', enabled: false }],
    [],
    'first-contact-closed',
    'the buyer has to write first',
  ],
  ['used up in the guide', [{ id: 'OTHER', cap_available: 0 }], [], 'cap-used-up', 'OTHER'],
  ['closed in the guide', [{ id: 'OTHER', cap_available: false }], [], 'first-contact-closed', 'OTHER'],
  ['used up', [{ id: 'OTHER' }], [{ option_id: 'OTHER', cap_available: 0 }], 'cap-used-up', 'OTHER'],
  ['too long', [{ id: 'OTHER', char_limit: 10 }], [], 'too-long', '10 characters'],
])('is refused in words when it is %s', async (_, options, caps, code, words) => {
  layGuide(options, caps);
  await expect(send()).rejects.toMatchObject({ fault: 'rejected', code, message: expect.stringContaining(words) });
  expect(fake.sent(OPTION)).toHaveLength(0);
});

it.each([
  [400, { error: 'limit_exceeded' }, 'rejected', 'too-long'],
  [403, { error: 'cap_unavailable' }, 'rejected', 'cap-used-up'],
  [403, { error: 'blocked_by_time' }, 'rejected', 'conversation-blocked'],
  [404, {}, 'rejected', 'not-found'],
  [409, {}, 'unavailable', 'locked'],
  [504, {}, 'uncertain', 'http-504'],
])('ends with %d %j as %s', async (status, body, fault, code) => {
  layGuide([{ id: 'OTHER' }]);
  fake.routes.set(`POST ${OPTION}`, () => refusal(status, body));
  await expect(send()).rejects.toMatchObject({ fault, code });
});

it('takes the usual way when the guide says that it is open', async () => {
  lay(fake, ownMessage());
  layGuide([{ id: 'OTHER' }]);
  fake.routes.set(`POST ${OPTION}`, () => refusal(400, { error: 'blocked_by_excepted_case' }));
  fake.routes.set(`POST ${PACK_PATH}`, { id: 'out-2' });
  await expect(send()).resolves.toEqual({ externalId: 'out-2' });
  expect(fake.sent(PACK_PATH)[0]?.body.to).toEqual({ user_id: BUYER });
});

it('is none any more when the buyer has written meanwhile', async () => {
  lay(fake, message());
  fake.routes.set(`POST ${PACK_PATH}`, { id: 'out-3' });
  await expect(send()).resolves.toEqual({ externalId: 'out-3' });
  expect(fake.sent(PACK_PATH)[0]?.body.to).toEqual({ user_id: ASSISTANT });
  expect(fake.sent(OPTION)).toHaveLength(0);
});

it.each([
  [{ template_id: 'T1' }, { template_id: 'T1' }],
  [{ text: 'hola' }, { text: 'hola' }],
  [
    { template_id: 'T1', url: 'https://x.example' },
    { template_id: 'T1', vars: { url: 'https://x.example' } },
  ],
])('may be a template: %j', async (variables, body) => {
  layGuide([{ id: 'SEND_INVOICE_LINK' }]);
  const parts = [{ kind: 'template' as const, name: 'SEND_INVOICE_LINK', language: 'es', variables }];
  const request = firstRequest('', { parts, address: packAddress(null) });
  await expect(send(request)).resolves.toEqual({ externalId: 'out-1' });
  expect(fake.sent(OPTION)[0]?.body).toEqual({ option_id: 'SEND_INVOICE_LINK', ...body });
  expect(await mercadolibre.reconcile?.(request, contextOf(running.url))).toBe('unknown');
});

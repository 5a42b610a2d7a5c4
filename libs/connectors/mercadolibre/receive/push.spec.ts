import type { FakeProvider } from '@parley/connector/testing';
import { FakeMercadoLibre, refusal } from '../testing/fake-mercadolibre';
import { account, contextOf, lay, ORDER, PACK, push, pushRequest, question, readAll, SELLER } from '../testing/fixtures';
import { webhook } from './push';

let fake: FakeMercadoLibre;
let running: FakeProvider;
beforeEach(async () => {
  fake = new FakeMercadoLibre();
  running = await fake.start();
});
afterEach(() => running.close());

describe('a push', () => {
  it('is believed only as a pointer, for the seller it names', () => {
    const { items, notices } = webhook.accept(pushRequest(push()), account());
    expect(items).toHaveLength(0);
    expect(notices).toEqual([
      {
        dedupeKey: 'messages|019a0001|2026-01-01T08:00:02.011Z',
        routeKey: SELLER,
        data: { topic: 'messages', resource: '019a0001', userId: SELLER },
      },
    ]);
  });

  it('that is tried again is the same one', () => {
    const key = (fields: object) => webhook.accept(pushRequest(push({ ...fields })), account()).notices?.[0]?.dedupeKey;
    expect(key({ attempts: 4, _id: 'n-2' })).toBe(key({}));
    expect(key({ sent: '2026-01-01T09:00:00Z', actions: ['read'] })).not.toBe(key({}));
  });

  it.each([
    ['another application', push({ application_id: 1 }), 401],
    ['no JSON', '{"resource":', 400],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 400],
    ['no resource', push({ resource: undefined }), 400],
  ])('with %s is refused', (_, body, status) => {
    expect(() => webhook.accept(pushRequest(body), account())).toThrow(expect.objectContaining({ status }));
  });

  it('for a seller without an account reads nothing', async () => {
    expect((await readAll(push({ user_id: 1 }), contextOf(running.url))).items).toHaveLength(0);
    expect(fake.seen).toHaveLength(0);
  });

  it.each(['..', '/orders/..', '/orders/1%2F..', 'a b', '//', '/orders/1?x=/../..'])(
    'cannot lead astray: %s',
    async (resource) => {
      await readAll(push({ topic: 'orders_v2', resource }), contextOf(running.url));
      for (const { path } of fake.seen) expect(path).toMatch(/^\/(oauth\/token|orders\/1)$/);
    },
  );
});

describe('topics', () => {
  it.each([
    ['messages', '019a0001', ['message']],
    ['orders_v2', `/orders/${ORDER}`, ['thread']],
    ['shipments', '/shipments/43001', ['thread']],
    ['questions', '/questions/5036111111', ['message']],
    ['post_purchase', '/post-purchase/v1/claims/5200', ['message', 'thread']],
    ['items', '/items/MLA6', []],
  ])('%s bring what they point to', async (topic, resource, kinds) => {
    lay(fake);
    fake.routes.set('GET /questions/5036111111', question());
    fake.routes.set('GET /post-purchase/v1/claims/5200', { id: 5200, status: 'opened', stage: 'claim' });
    fake.routes.set('GET /post-purchase/v1/claims/5200/messages', [{ hash: 'h1', sender_role: 'complainant', message: 'hola' }]);
    const { events } = await readAll(push({ topic, resource }), contextOf(running.url));
    expect(events.map((event) => event.kind)).toEqual(kinds);
  });

  it.each([
    ['marketplace_messages', '019a0001', `/marketplace/messages/019a0001`],
    ['marketplace_questions', '/marketplace/questions/5036111111', '/marketplace/questions/5036111111'],
    ['marketplace_orders', `/marketplace/orders/${ORDER}`, `/marketplace/orders/${ORDER}`],
  ])('%s of Global Selling are read under their own path, else under the usual one', async (topic, resource, path) => {
    lay(fake);
    fake.routes.set('GET /questions/5036111111', question());
    const { events } = await readAll(push({ topic, resource }), contextOf(running.url, { siteId: 'CBT' }));
    expect(fake.asked(path)).toHaveLength(1);
    expect(events).toHaveLength(1);
  });

  it('of Global Selling are answered where they came from', async () => {
    lay(fake);
    const { events } = await readAll(push({ topic: 'marketplace_messages' }), contextOf(running.url));
    expect(events[0]).toMatchObject({ thread: { key: `pack:${PACK}`, address: { base: '/marketplace' } } });
  });
});

describe('reading', () => {
  it('fails when the application lacks the permission, where a thing of others is just absent', async () => {
    fake.routes.set(`GET /orders/${ORDER}`, () => refusal(403, { error: 'forbidden' }));
    const body = push({ topic: 'orders_v2', resource: `/orders/${ORDER}` });
    expect((await readAll(body, contextOf(running.url))).items).toEqual([]);
    fake.refreshToken = 'refresh-1';
    fake.routes.set(`GET /orders/${ORDER}`, () => refusal(403, { code: 'PA_UNAUTHORIZED_RESULT_FROM_POLICIES' }));
    await expect(readAll(body, contextOf(running.url))).rejects.toMatchObject({ fault: 'unauthorized' });
  });

  it('is tried again when something between answers instead', async () => {
    fake.routes.set('GET /messages/019a0001', () => ({ status: 200, body: '<html>Please wait</html>' }));
    await expect(readAll(push(), contextOf(running.url))).rejects.toMatchObject({ fault: 'unavailable' });
  });
});

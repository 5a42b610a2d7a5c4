import type { FakeProvider } from '@parley/connector/testing';
import { FakeMercadoLibre, refusal } from './testing/fake-mercadolibre';
import { contextOf, lay, push, readAll } from './testing/fixtures';

let fake: FakeMercadoLibre;
let running: FakeProvider;
beforeEach(async () => {
  fake = new FakeMercadoLibre();
  running = await fake.start();
  lay(fake);
});
afterEach(() => running.close());

it('are renewed once for many calls at the same time: a refresh token works a single time', async () => {
  const context = contextOf(running.url);
  await Promise.all(Array.from({ length: 8 }, () => readAll(push(), context)));
  expect(fake.refreshes).toBe(1);
  fake.accessToken = 'another';
  await Promise.all(Array.from({ length: 8 }, () => readAll(push(), context)));
  expect(fake.refreshes).toBe(2);
});

it('that were entered are used as long as they work', async () => {
  await readAll(push(), contextOf(running.url, { accessToken: 'token-1' }));
  expect(fake.refreshes).toBe(0);
});

it('of a new consent win over those that were kept', async () => {
  const context = contextOf(running.url);
  await readAll(push(), context);
  fake.refreshToken = 'refresh-of-a-new-consent';
  fake.accessToken = 'gone';
  const { account } = contextOf(running.url, { refreshToken: 'refresh-of-a-new-consent' });
  await expect(readAll(push(), { ...context, account })).resolves.toMatchObject({ events: [{ kind: 'message' }] });
});

it.each([
  [400, { error: 'invalid_grant' }, 'unauthorized', 'consent-needed'],
  [401, { error: 'invalid_client' }, 'unauthorized', 'client-invalid'],
  [429, {}, 'throttled', 'http-429'],
  [503, {}, 'unavailable', 'http-503'],
])('that are refused with %d %j ask for a person, or for patience', async (status, body, fault, code) => {
  const context = contextOf(running.url);
  const post = () =>
    Promise.reject(
      Object.assign(new Error('refused'), {
        isAxiosError: true,
        response: { ...refusal(status, body), data: body, headers: {} },
      }),
    );
  const http = Object.assign(Object.create(context.http), { post });
  await expect(readAll(push(), { ...context, http })).rejects.toMatchObject({ fault, code });
});

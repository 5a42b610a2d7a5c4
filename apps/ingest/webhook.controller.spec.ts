import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { issueSession, webchat } from '@parley/connectors/webchat';
import { LogUnavailableError } from '@parley/event-log';
import { rawId } from '@parley/model';
import { createLogger, House } from '@parley/runtime';
import { Registry } from 'prom-client';
import { createHttpServer } from '../../libs/runtime/http/http-server';
import { ProblemFilter } from '../../libs/runtime/http/problem-filter';
import { CHANNELS } from './channels';
import { BLOB_BYTES_MIN, Intake } from './intake';
import { PublicLimits } from './public-limits';
import { pushing, SECRET, Stage, scripted, sign } from './testing/stage';
import { WebhookController } from './webhook.controller';

let stage: Stage;
let nest: NestFastifyApplication;
let url: string;

beforeEach(async () => {
  stage = new Stage();
  const log = createLogger({ name: 'test', level: 'silent' });
  const { adapter, routes } = createHttpServer(log, new Registry());
  const module = {
    module: class TestModule {},
    controllers: [WebhookController],
    providers: [
      { provide: House, useValue: stage.house },
      { provide: CHANNELS, useValue: stage.channels },
      { provide: Intake, useFactory: () => new Intake(stage.house, stage.channels) },
      PublicLimits,
    ],
  };
  nest = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger: false, bodyParser: false });
  nest.useGlobalFilters(new ProblemFilter(log, routes));
  await nest.listen(0, '127.0.0.1');
  url = (await nest.getUrl()).replace('[::1]', '127.0.0.1');
});
afterEach(() => nest.close());

const call = (accountId: string, body: string | Buffer, signature = sign(body)) =>
  fetch(`${url}/channels/${accountId}/webhook`, { method: 'POST', body, headers: { 'x-signature': signature } });
const items = (...list: object[]): string => JSON.stringify({ items: list });
async function problem(response: Response): Promise<any> {
  expect(response.headers.get('content-type')).toMatch('application/problem+json');
  return response.json();
}

describe('a channel that calls', () => {
  beforeEach(() => stage.account('acc_1'));

  it('is answered once the log has every item, with the order key in the record’s key', async () => {
    const response = await call('acc_1', items({ id: '1', in: 'buyer' }, { id: '2' }));
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(stage.appended.map(({ key }) => key)).toEqual(['acc_1/buyer', 'acc_1/']);
    expect(stage.raw()[0]).toMatchObject({
      id: rawId('acc_1', '1'),
      merchantId: 'mer_1',
      channel: 'scripted',
      merchantLanguage: 'zh-CN',
      content: { encoding: 'json', value: { id: '1', in: 'buyer' } },
    });
  });

  it('repeats itself without harm: the same item has the same id', async () => {
    await call('acc_1', items({ id: '1' }));
    await call('acc_1', items({ id: '1' }));
    expect(new Set(stage.raw().map(({ id }) => id)).size).toBe(1);
  });

  it('brings notices', async () => {
    await call('acc_1', JSON.stringify({ notices: ['n1'] }));
    expect(stage.noticed()).toEqual([expect.objectContaining({ accountId: 'acc_1', data: { id: 'n1' } })]);
  });

  it('is kept when the account is paused', async () => {
    stage.account('acc_1', { state: 'paused' });
    expect((await call('acc_1', items({ id: '1' }))).status).toBe(200);
    expect(stage.raw()).toHaveLength(1);
  });

  it('is heard for another account of the merchant on the same callback', async () => {
    stage.account('acc_2', { settings: { number: '222' } });
    stage.account('acc_other', { merchantId: 'mer_2', settings: { number: '333' } });
    await call('acc_1', items({ id: '1', to: '222' }, { id: '2', to: '333' }, { id: '3', to: 'nobody' }));
    expect(stage.raw().map(({ accountId }) => accountId)).toEqual(['acc_2', 'acc_1', 'acc_1']);
  });

  it('shakes hands', async () => {
    const response = await fetch(`${url}/channels/acc_1/webhook?token=${encodeURIComponent(SECRET)}&challenge=42`);
    expect([response.status, await response.text()]).toEqual([200, '42']);
    const refused = await fetch(`${url}/channels/acc_1/webhook?token=guess`);
    expect((await problem(refused)).code).toBe('wrong-token');
  });

  it('is refused when forged, malformed, too large or for an account that is not there', async () => {
    const refusals = await Promise.all([
      call('acc_1', items({ id: '1' }), 'forged'),
      call('acc_1', JSON.stringify({ items: 'x' })),
      call('acc_1', Buffer.from([0x7b, 0xff])),
      call('acc_1', Buffer.alloc(6 * 1024 * 1024)),
      call('acc_none', items({ id: '1' })),
    ]);
    const bodies = await Promise.all(refusals.map(problem));
    expect(bodies.map((body) => [body.status, body.code])).toEqual([
      [401, 'forged'],
      [400, 'malformed-body'],
      [400, 'malformed-body'],
      [413, 'too-large'],
      [404, 'no-such-account'],
    ]);
    expect(bodies[1].errors).toEqual([{ pointer: '/items', detail: 'Items must be a list.' }]);
    expect(stage.appended).toEqual([]);
  });

  it('is told to come again when the log does not answer', async () => {
    stage.logError = new LogUnavailableError('away');
    const response = await call('acc_1', items({ id: '1' }));
    expect([response.status, Number(response.headers.get('retry-after'))]).toEqual([503, expect.any(Number)]);
  });

  it('may bring items too large for the log, and such as cannot be written as JSON', async () => {
    const large = { id: '1', text: 'x'.repeat(BLOB_BYTES_MIN) };
    await call('acc_1', items(large));
    const content = stage.raw()[0]?.content as any;
    expect(content).toMatchObject({ encoding: 'blob', form: 'json', sizeBytes: expect.any(Number) });
    expect(JSON.parse(Buffer.from(stage.blobs.get(content.ref) as Uint8Array).toString())).toEqual(large);

    const deep = `{"items":[{"id":"2","x":${'['.repeat(20_000)}${']'.repeat(20_000)}},{"id":"3"}]}`;
    expect((await call('acc_1', deep)).status).toBe(200);
    expect(stage.raw()[1]?.content).toEqual({ encoding: 'base64', value: Buffer.from(deep).toString('base64') });
    expect(stage.raw()[2]?.content).toEqual({ encoding: 'json', value: { id: '3' } });
  });
});

describe('a web chat', () => {
  const signingKey = new Uint8Array(32);
  const token = issueSession(signingKey, {
    visitorId: 'visitor-1',
    verified: false,
    issuedAt: Date.now(),
    expiresAt: Date.now() + 60_000,
  });
  const write = (clientKey: string, headers: Record<string, string> = {}, path = 'webchat/acc_chat/messages') =>
    fetch(`${url}/${path}`, {
      method: 'POST',
      body: JSON.stringify({ clientKey, text: 'hello' }),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    });

  beforeEach(() => {
    stage.connector = webchat;
    stage.account('acc_chat', { settings: { allowedOrigins: ['https://shop.example'] } });
  });

  it('answers 201 with the message, and the page may read it', async () => {
    const response = await write('k1', { origin: 'https://shop.example' });
    expect(response.status).toBe(201);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(await response.json()).toMatchObject({ clientKey: 'k1', id: expect.stringMatching(/^msg_/) });
    expect(stage.raw()).toHaveLength(1);
  });

  it('refuses foreign pages, forged sessions, and the webhook’s address', async () => {
    expect((await write('k1', { origin: 'https://evil.example' })).status).toBe(403);
    expect((await write('k1', { authorization: 'Bearer forged' })).status).toBe(401);
    expect((await write('k1', {}, 'channels/acc_chat/webhook')).status).toBe(404);
    stage.connector = scripted([pushing]);
    stage.account('acc_1');
    expect((await write('k1', {}, 'webchat/acc_1/messages')).status).toBe(404);
    expect(stage.appended).toEqual([]);
  });

  it('says to a page’s browser whether it may call', async () => {
    const ask = (origin: string) => fetch(`${url}/webchat/acc_chat/messages`, { method: 'OPTIONS', headers: { origin } });
    const allowed = await ask('https://shop.example');
    expect([allowed.status, allowed.headers.get('access-control-allow-methods')]).toEqual([204, 'GET, POST']);
    const refused = await ask('https://evil.example');
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });

  it('slows down a visitor who writes too fast', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 21; count += 1) statuses.push((await write(`k${count}`)).status);
    expect(statuses.slice(0, 20).every((status) => status === 201)).toBe(true);
    const last = await write('once more', { origin: 'https://shop.example' });
    expect(statuses[20]).toBe(429);
    expect([last.status, last.headers.get('access-control-allow-origin')]).toEqual([429, 'https://shop.example']);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(stage.raw()).toHaveLength(20);
  });
});

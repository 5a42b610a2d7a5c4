import { createHmac } from 'node:crypto';
import { appendEntries } from '@parley/event-log';
import { type DeliveryEntry, type OutboundMessage, outboundTranslatedSchema } from '@parley/model';
import { WebSocket } from 'ws';
import { API_KEY, eventually, OPERATOR_KEY, type RunningApi, type Sender, startApi } from '../testing/running-api';
import { EventFeed } from './event-feed';

jest.setTimeout(20_000);
let api: RunningApi;
let merchantId: string;
let chat: Sender;
const IDENTITY_SECRET = 'signs the customers of the shop';
beforeAll(async () => {
  api = await startApi();
  merchantId = (await api.ask('GET /v1/merchants', { key: OPERATOR_KEY })).body.data[0].id;
  const settings = { identitySecret: IDENTITY_SECRET, allowedOrigins: ['https://shop.example'] };
  const { body } = await api.ask('POST /v1/accounts', { body: { channel: 'webchat', name: 'Chat', settings } });
  chat = { merchantId, accountId: body.id, channel: 'webchat', address: '' };
}, 60_000);
afterAll(() => api?.end(), 30_000);

const someone = (): Sender => ({ ...chat, address: `visitor-${Math.random().toString(36).slice(2)}` });

/** A socket and all it was told. */
async function connect(path: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}${path}`, { headers });
  const told: any[] = [];
  let closed: { code: number; reason: string } | null = null;
  socket.on('message', (data) => told.push(JSON.parse(String(data))));
  socket.on('close', (code, reason) => {
    closed = { code, reason: String(reason) };
  });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('open', resolve));
  return {
    told,
    say: (message: object | string) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    until: (isSo: (message: any) => boolean) =>
      eventually(
        async () => told.find(isSo),
        (found) => found !== undefined,
      ),
    end: () =>
      eventually(
        async () => closed,
        (seen) => seen !== null,
      ),
    close: () => socket.close(),
  };
}

const typesOf = (told: any[]) => told.filter(({ type }) => type === 'event').map(({ event }) => event.type);
const lines = (body: string) =>
  body
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const page = async (query: string) =>
  lines((await api.ask(`GET /v1/events?${query}`, { headers: { accept: 'application/x-ndjson' } })).body);

describe('GET /v1/events', () => {
  it('pages through history, oldest first', async () => {
    const { conversationId } = await api.say(someone());
    await eventually(
      () => page(`conversationId=${conversationId}`),
      (events) => events.length >= 2,
    );
    const all = await page(`conversationId=${conversationId}&limit=1000`);
    const [first, ...rest] = all;
    expect(await page(`conversationId=${conversationId}&after=${first.cursor}`)).toEqual(rest);
    expect(await page(`conversationId=${conversationId}&limit=1`)).toEqual([first]);
    const received = await page(`conversationId=${conversationId}&types=parley.message.received.v1`);
    expect(received.map(({ event }) => event.type)).toEqual(['parley.message.received.v1']);
    expect(received[0].event).toMatchObject({
      specversion: '1.0',
      subject: conversationId,
      source: `/merchants/${merchantId}/accounts/${chat.accountId}`,
    });
    const later = new Date(Date.now() + 120_000).toISOString();
    expect(await page(`conversationId=${conversationId}&since=${later}`)).toEqual([]);
  });

  it.each(['after=x', 'types=parley.unknown.v1', 'limit=5000', 'since=now', 'foo=1'])('refuses ?%s', async (query) => {
    expect((await api.ask(`GET /v1/events?${query}`)).status).toBe(400);
  });

  it('goes on live behind the last event seen', async () => {
    const from = someone();
    const { conversationId } = await api.say(from);
    await eventually(
      () => page(`conversationId=${conversationId}`),
      (events) => events.length >= 2,
    );
    const [first] = await page(`conversationId=${conversationId}`);
    const stop = new AbortController();
    const response = await fetch(`${api.url}/v1/events?conversationId=${conversationId}`, {
      headers: { authorization: `Bearer ${API_KEY}`, accept: 'text/event-stream', 'last-event-id': first.cursor },
      signal: stop.signal,
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
        text += Buffer.from(chunk).toString('utf8');
    })().catch(() => undefined);
    await eventually(
      async () => text,
      (seen) => seen.includes(': ready'),
    );
    await api.say(from, { text: '¿Sigue ahí?' });
    await eventually(
      async () => text,
      (seen) => seen.includes('¿Sigue ahí?'),
    );
    const ids = [...text.matchAll(/^id: (\d+)\ndata: /gm)].map((match) => Number(match[1]));
    expect(ids[0]).toBeGreaterThan(Number(first.cursor));
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    stop.abort();
    await reading;
  });
});

describe('WS /v1/realtime', () => {
  it('catches up, then goes live, each event once', async () => {
    const from = someone();
    await api.say(from, { text: 'one' });
    const { conversationId } = await api.say(from, { text: 'two' });
    const before = await eventually(
      () => page(`conversationId=${conversationId}`),
      (events) => events.length >= 3,
    );
    const socket = await connect(`/v1/realtime?key=${API_KEY}`);
    socket.say({ type: 'subscribe', after: '0', conversationId });
    const ready = await socket.until(({ type }) => type === 'ready');
    expect(Number(ready.cursor)).toBeGreaterThanOrEqual(Number(before.at(-1).cursor));
    for (const text of ['three', 'four', 'five']) await api.say(from, { text });
    await socket.until(({ event }) => event?.data?.message?.parts[0].text === 'five');
    await eventually(
      () => page(`conversationId=${conversationId}`),
      (events) => events.length <= typesOf(socket.told).length,
    );
    const cursors = socket.told.filter(({ type }) => type === 'event').map(({ cursor }) => cursor);
    expect(cursors).toEqual((await page(`conversationId=${conversationId}&limit=1000`)).map(({ cursor }) => cursor));
    socket.close();
  });

  it('begins now without a cursor, with the key in the header', async () => {
    const socket = await connect('/v1/realtime', { authorization: `Bearer ${API_KEY}` });
    socket.say({ type: 'subscribe', types: ['parley.message.received.v1'] });
    await socket.until(({ type }) => type === 'ready');
    await api.say(someone(), { text: 'only this' });
    await socket.until(({ event }) => event?.data?.message?.parts[0].text === 'only this');
    expect(typesOf(socket.told)).toEqual(['parley.message.received.v1']);
    socket.say({ type: 'ping' });
    await socket.until(({ type }) => type === 'pong');
    for (const nonsense of ['{', '[]', '{"type":"dance"}', '{"type":"subscribe","from":1}']) socket.say(nonsense);
    await eventually(
      async () => socket.told.filter(({ code }) => code === 'invalid-message').length,
      (count) => count === 4,
    );
    socket.say({ type: 'subscribe', after: 'abc' });
    await socket.until(({ code }) => code === 'invalid-cursor');
    socket.close();
  });

  it('is closed without a key that may read', async () => {
    expect(await (await connect('/v1/realtime?key=pk_wrong')).end()).toMatchObject({ code: 4401 });
    expect(await (await connect('/v1/realtime')).end()).toMatchObject({ code: 4401 });
    const { body } = await api.ask('POST /v1/keys', { body: { name: 'w', scopes: ['messages:write'] } });
    expect(await (await connect(`/v1/realtime?key=${body.key}`)).end()).toMatchObject({ code: 4403 });
  });

  it('lets go of whoever does not listen, and of nobody else', async () => {
    const feed = api.nest.get(EventFeed, { strict: false });
    const ends: string[] = [];
    const sink = (name: string, backlog: number) => ({
      event: () => undefined,
      ready: () => void ends.push(`${name} ready`),
      backlog: () => backlog,
      end: (reason: string) => void ends.push(`${name} ${reason}`),
    });
    feed.follow(merchantId, null, {}, sink('slow', 64 * 1024 * 1024));
    const leave = feed.follow(merchantId, null, {}, sink('quick', 0));
    await eventually(
      async () => ends.length,
      (length) => length === 2,
    );
    await api.say(someone());
    await eventually(
      async () => ends,
      (seen) => seen.includes('slow too-slow'),
    );
    expect(ends).not.toContain('quick too-slow');
    leave();
  });
});

describe('the chat window', () => {
  const begin = (body: object = {}, headers: Record<string, string> = {}) =>
    api.ask(`POST /webchat/${chat.accountId}/sessions`, { key: null, body, headers });
  const visitorOf = (token: string): string =>
    JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).visitorId;
  const messages = async (token: string, query = '') =>
    (await api.ask(`GET /webchat/${chat.accountId}/messages${query}`, { key: token })).body;

  it('gives anonymous visitors a session of their own, and takes it back up', async () => {
    const { status, body } = await begin({ language: 'es', name: 'Ana', context: { url: 'https://shop.example/p/1' } });
    expect([status, body.conversationId]).toEqual([201, null]);
    expect(await messages(body.token)).toMatchObject({ data: [], nextCursor: null });
    const again = await begin({}, { authorization: `Bearer ${body.token}` });
    expect(visitorOf(again.body.token)).toBe(visitorOf(body.token));
    expect((await begin({ language: 'klingon?' })).status).toBe(400);
    expect((await api.ask('POST /webchat/acc_none/sessions', { key: null, body: {} })).status).toBe(404);
    expect((await api.ask(`GET /webchat/${chat.accountId}/messages`, { key: `${body.token}x` })).status).toBe(401);
  });

  it('knows customers by the signature of the shop alone', async () => {
    const signature = createHmac('sha256', IDENTITY_SECRET).update('u-1').digest('hex');
    const known = await begin({ userId: 'u-1', signature });
    expect(visitorOf(known.body.token)).toBe('user-u-1');
    for (const forged of [{ userId: 'u-2', signature }, { userId: 'u-1' }, { userId: 'u-1', signature: 'ab' }])
      expect((await begin(forged)).status).toBe(401);
    expect((await begin({ signature })).status).toBe(400);
  });

  it('is for the pages of the shop', async () => {
    const shop = { origin: 'https://shop.example' };
    const allowed = await begin({}, shop);
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([201, 'https://shop.example']);
    const other = await begin({}, { origin: 'https://evil.example' });
    expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    const preflight = await fetch(`${api.url}/webchat/${chat.accountId}/sessions`, { method: 'OPTIONS', headers: shop });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'Authorization, Content-Type',
    ]);
    const { token } = (await begin()).body;
    const socket = await connect(`/webchat/${chat.accountId}/socket?token=${token}`, { origin: 'https://evil.example' });
    expect(await socket.end()).toMatchObject({ code: 4403 });
    expect(await (await connect(`/webchat/${chat.accountId}/socket?token=nonsense`)).end()).toMatchObject({ code: 4401 });
  });

  /** What translate and deliver would do to a reply. */
  async function send(messageId: string, text: string): Promise<void> {
    const [entry] = (await api.appended<OutboundMessage>('outbound.message')).filter((each) => each.messageId === messageId);
    if (!entry) throw new Error('The reply is not in the log');
    const parts = [{ kind: 'text' as const, text }];
    const translation = { language: 'es', parts, engine: 'test', checks: {}, editedBy: null };
    const outcome = { kind: 'ready' as const, parts, language: 'es', translation };
    const at = new Date().toISOString();
    await appendEntries(api.house.eventLog, 'outbound.translated', [
      { key: entry.conversationId, entry: outboundTranslatedSchema.parse({ ...entry, outcome, translatedAt: at }) },
    ]);
    const { accountId, channel, conversationId, attempt } = entry;
    const state: DeliveryEntry = {
      kind: 'state',
      merchantId,
      accountId,
      channel,
      conversationId,
      messageId,
      attempt,
      state: 'sent',
      error: null,
      externalIds: [messageId],
      at,
    };
    await eventually(
      () => api.ask(`GET /v1/messages/${messageId}`),
      ({ body }) => body.delivery.state === 'translated',
    );
    await appendEntries(api.house.eventLog, 'outbound.delivery', [{ key: conversationId, entry: state }]);
  }

  it('shows the buyer their own conversation in their language, live, and tells what they have seen', async () => {
    const { token, cursor } = (await begin({ language: 'es' })).body;
    const buyer = { ...chat, address: visitorOf(token) };
    const socket = await connect(`/webchat/${chat.accountId}/socket?token=${token}`);
    socket.say({ type: 'subscribe', after: cursor });
    await socket.until(({ type }) => type === 'ready');
    const { conversationId, messageId } = await api.say(buyer, { text: '¿Hay talla M?', clientKey: 'c-1' });
    const mine = await socket.until(({ event }) => event?.type === 'parley.message.received.v1');
    expect(mine.event.data.message).toMatchObject({ id: messageId, clientKey: 'c-1', direction: 'inbound' });
    await api.say(someone(), { text: 'not for you' });

    await api.ask(`POST /v1/conversations/${conversationId}/messages`, { body: { text: 'a secret note', note: true } });
    const reply = await api.ask(`POST /v1/conversations/${conversationId}/messages`, { body: { text: '有M码' } });
    await send(reply.body.id, 'Sí, hay M');
    const theirs = await socket.until(({ event }) => event?.data?.message?.id === reply.body.id);
    expect(theirs.event.data.message).toMatchObject({
      direction: 'outbound',
      parts: [{ kind: 'text', text: 'Sí, hay M' }],
      language: 'es',
      delivery: { state: 'sent' },
    });
    await eventually(
      () => api.ask(`GET /v1/messages/${reply.body.id}`),
      ({ body }) => body.delivery.state === 'delivered',
    );
    socket.say({ type: 'read' });
    await eventually(
      () => api.ask(`GET /v1/messages/${reply.body.id}`),
      ({ body }) => body.delivery.state === 'read',
    );

    const everything = JSON.stringify([socket.told, await messages(token), await messages(token, `?after=${cursor}`)]);
    expect(everything).not.toMatch(/secret note|有M码|not for you/);
    const history = await messages(token);
    expect(history.data.map((each: { parts: { text: string }[] }) => each.parts[0]?.text)).toEqual([
      '¿Hay talla M?',
      'Sí, hay M',
    ]);
    expect((await messages(token, `?after=${cursor}`)).data).toEqual(history.data);
    expect((await messages(token, `?after=${history.cursor}`)).data).toEqual([]);
    socket.close();
  });

  it('tells both sides that the other is typing or has read', async () => {
    const { token } = (await begin()).body;
    const { conversationId, messageId } = await api.say({ ...chat, address: visitorOf(token) });
    await eventually(
      () => api.ask(`GET /v1/messages/${messageId}`),
      ({ status }) => status === 200,
    );
    const buyer = await connect(`/webchat/${chat.accountId}/socket?token=${token}`);
    const agent = await connect(`/v1/realtime?key=${API_KEY}`);
    buyer.say({ type: 'subscribe' });
    agent.say({ type: 'ping' });
    await buyer.until(({ type }) => type === 'ready');
    await agent.until(({ type }) => type === 'pong');
    buyer.say({ type: 'typing' });
    expect(await agent.until(({ type }) => type === 'typing')).toEqual({
      type: 'typing',
      conversationId,
      from: 'buyer',
      on: true,
    });
    agent.say({ type: 'typing', conversationId });
    expect(await buyer.until(({ type }) => type === 'typing')).toEqual({ type: 'typing', from: 'agent', on: true });
    await api.ask(`PATCH /v1/conversations/${conversationId}`, { body: { read: true } });
    await buyer.until(({ type }) => type === 'read');
    buyer.close();
    agent.close();
  });
});

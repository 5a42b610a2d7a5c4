import { type AccountFacts, WebhookRejection, type WebhookRequest } from '@parley/connector';
import { describeConnector, type SampleMessage } from '@parley/connector/testing';
import { conversationId, messageId } from '@parley/model';
import { acceptWebchat } from './accept';
import {
  isSignedIdentity,
  issueSession,
  knownVisitorId,
  newVisitorId,
  readSession,
  SESSION_MS,
  type WebchatClaims,
} from './session';
import { isAllowedOrigin, type WebchatSettings, webchatSettings } from './settings';
import { normalizeWebchat, type WebchatRequest, webchat } from './webchat.connector';

const KEY = Buffer.from('a key for this account');
const visitor = (overrides: Partial<WebchatClaims> = {}): WebchatClaims => ({
  visitorId: 'visitor-1',
  name: 'Mila',
  verified: false,
  language: 'es',
  issuedAt: Date.now(),
  expiresAt: Date.now() + SESSION_MS,
  ...overrides,
});
const account = (settings: Record<string, unknown> = {}): AccountFacts<WebchatSettings> => ({
  id: 'acc_1',
  merchantId: 'mer_1',
  name: 'Lamp shop',
  settings: webchatSettings.parse(settings),
  merchantLanguage: 'zh-CN',
  signingKey: KEY,
});
const post = (body: unknown, headers: Record<string, string> = {}): WebhookRequest => ({
  method: 'POST',
  query: {},
  headers: { authorization: `Bearer ${issueSession(KEY, visitor())}`, ...headers },
  rawBody: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  remoteAddress: '127.0.0.1',
});
const rejectionOf = (request: WebhookRequest, settings = {}): WebhookRejection => {
  try {
    acceptWebchat(request, account(settings));
  } catch (error) {
    if (error instanceof WebhookRejection) return error;
    throw error;
  }
  throw new Error('The request was accepted');
};
const eventOf = (body: unknown, claims = visitor()) => {
  const request = post(body, { authorization: `Bearer ${issueSession(KEY, claims)}` });
  const [item] = acceptWebchat(request, account()).items;
  const [event] = normalizeWebchat(item!.content);
  if (event?.kind !== 'message') throw new Error('Not a message');
  return event;
};

describe('a session token', () => {
  it('says what was put into it', () => {
    const claims = visitor({ email: 'mila@shop.example', context: { url: 'https://shop.example/lamp' } });
    expect(readSession(KEY, issueSession(KEY, claims), Date.now())).toEqual(claims);
  });

  it.each([
    ['is empty', ''],
    ['is nonsense', 'a.b'],
    ['has a third part', `${issueSession(KEY, visitor())}.x`],
    ['belongs to another account', issueSession(Buffer.from('another'), visitor())],
    ['was changed', issueSession(KEY, visitor()).replace(/^./, 'f')],
    ['is over', issueSession(KEY, visitor({ expiresAt: Date.now() - 1 }))],
    ['is endless', 'x'.repeat(1_000_000)],
  ])('is nothing when it %s', (_case, token) => {
    expect(readSession(KEY, token, Date.now())).toBeNull();
  });

  it('tells signed identities from claimed ones', () => {
    // printf %s 42 | openssl dgst -sha256 -hmac shop-secret
    const signature = '9264a94bae6120689ed68fe2de6a68015a0f35b3e19c7e8f4ed4073362c32e6f';
    expect(isSignedIdentity('shop-secret', '42', signature)).toBe(true);
    expect(isSignedIdentity('shop-secret', '42', signature.toUpperCase())).toBe(true);
    expect(isSignedIdentity('shop-secret', '43', signature)).toBe(false);
    expect(isSignedIdentity('shop-secret', '42', '')).toBe(false);
  });

  it('never gives two visitors one name', () => {
    expect(newVisitorId()).not.toBe(newVisitorId());
    expect(newVisitorId().startsWith(knownVisitorId(''))).toBe(false);
  });
});

describe('origins', () => {
  it.each<[readonly string[], string | undefined, boolean]>([
    [[], 'https://any.example', true],
    [['https://shop.example'], 'https://shop.example', true],
    [['https://shop.example'], 'https://SHOP.example', true],
    [['https://shop.example'], 'http://shop.example', false],
    [['https://shop.example'], 'https://shop.example.evil.example', false],
    [['https://shop.example'], 'null', false],
    [['https://shop.example'], undefined, true],
    [['https://*.shop.example'], 'https://es.shop.example', true],
    [['https://*.shop.example'], 'https://evilshop.example', false],
    [['*'], 'https://any.example', true],
  ])('%p from %p: %p', (allowed, origin, expected) => {
    expect(isAllowedOrigin(allowed, origin)).toBe(expected);
  });
});

describe('accept', () => {
  it('answers 201 with ids that anybody can derive', () => {
    const { answer, items } = acceptWebchat(post({ clientKey: 'k1', text: '¿Queda una?' }), account());
    expect(items).toHaveLength(1);
    expect(answer?.status).toBe(201);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({
      id: messageId('acc_1', 'visitor-1:k1'),
      conversationId: conversationId('acc_1', 'visitor-1'),
      clientKey: 'k1',
      parts: [{ kind: 'text', text: '¿Queda una?' }],
    });
  });

  it.each([
    ['no token', post({}, { authorization: '' }), 401],
    ['another scheme', post({}, { authorization: 'Basic YTpi' }), 401],
    ['a session that is over', post({}, { authorization: `Bearer ${issueSession(KEY, visitor({ expiresAt: 1 }))}` }), 401],
  ])('refuses %s', (_case, request, status) => {
    expect(rejectionOf(request).status).toBe(status);
  });

  it('refuses pages that are not allowed', () => {
    const request = post({ clientKey: 'k', text: 'hi' }, { origin: 'https://evil.example' });
    expect(rejectionOf(request, { allowedOrigins: ['https://shop.example'] }).status).toBe(403);
  });

  it.each([
    ['{"clientKey":"k"', ''],
    [{ text: 'hi' }, '/clientKey'],
    [{ clientKey: 'k' }, '/text'],
    [{ clientKey: 'k', text: '   ' }, '/text'],
    [{ clientKey: 'k', text: 5 }, '/text'],
    [{ clientKey: 'k', text: 'hi', parts: [{ kind: 'text', text: 'hi' }] }, '/text'],
    [{ clientKey: 'k', parts: [] }, '/parts'],
    [{ clientKey: 'k', parts: [{ kind: 'dance' }] }, '/parts/0/kind'],
    [
      {
        clientKey: 'k',
        parts: [
          { kind: 'text', text: 'a' },
          { kind: 'location', latitude: 91, longitude: 0 },
        ],
      },
      '/parts/1/latitude',
    ],
    [{ clientKey: 'k', parts: [{ kind: 'media', mime: 'image/png', url: 'https://elsewhere.example/a.png' }] }, '/parts/0/url'],
    [{ clientKey: 'k', text: 'x'.repeat(10_001) }, '/text'],
  ])('points to what is wrong in %j', (body, pointer) => {
    expect(rejectionOf(post(body))).toMatchObject({ status: 400, pointer });
  });
});

describe('normalize', () => {
  it('keeps who wrote, and what the page said', () => {
    const context = { url: 'https://shop.example/lamp', product: 'LAMP-BLUE', order: 'A-1001' };
    const event = eventOf({ clientKey: 'k1', text: 'Hola' }, visitor({ email: 'mila@shop.example', verified: true, context }));
    expect(event).toMatchObject({
      externalId: 'visitor-1:k1',
      thread: { key: 'visitor-1', address: { visitorId: 'visitor-1' } },
      contact: { address: 'visitor-1', name: 'Mila', language: 'es', verified: true },
      orders: [{ id: 'A-1001', number: 'A-1001' }],
      attributes: { email: 'mila@shop.example', page: context },
    });
  });

  it('takes the page of the message over the page of the session', () => {
    const event = eventOf(
      { clientKey: 'k1', text: 'Hola', context: { order: { number: 'B-2' } } },
      visitor({ context: { order: 'A-1' } }),
    );
    expect(event.orders).toMatchObject([{ id: 'B-2', number: 'B-2' }]);
  });

  it('never passes for an echo of what the shop sent', () => {
    expect(eventOf({ clientKey: 'k1', text: 'Hola' }).clientKey).toBe('k1');
    expect(eventOf({ clientKey: 'msg_of_the_shop', text: 'Hola' }).clientKey).toBeNull();
  });

  it('unpacks files', () => {
    const url = `data:image/png;base64,${Buffer.from('picture').toString('base64')}`;
    const event = eventOf({ clientKey: 'k', parts: [{ kind: 'media', mime: 'image/png', url, name: 'a.png' }] });
    expect(event.parts).toEqual([
      {
        kind: 'media',
        mime: 'image/png',
        name: 'a.png',
        caption: null,
        sizeBytes: 7,
        content: { bytes: Buffer.from('picture') },
      },
    ]);
  });
});

const sign = (body: Buffer, signingKey: Uint8Array, visitorId = 'visitor-1'): WebhookRequest => ({
  method: 'POST',
  query: {},
  headers: { authorization: `Bearer ${issueSession(signingKey, visitor({ visitorId }))}`, 'content-type': 'application/json' },
  rawBody: body,
  remoteAddress: '127.0.0.1',
});
describeConnector(webchat, {
  settings: () => ({ allowedOrigins: ['https://shop.example'], identitySecret: 'shop-identity-secret', title: 'Lamps' }),
  inbound: {
    kind: 'webhook',
    batches: false,
    signature: { header: 'authorization', overBody: false },
    requests: (messages: readonly SampleMessage[], signingKey) =>
      messages.map(({ id, from, text }) =>
        sign(Buffer.from(JSON.stringify({ clientKey: id, text })), signingKey, `visitor-${from}`),
      ),
    sign,
  },
  outbound: {
    provider: null,
    describe: ({ parts }: WebchatRequest) => ({
      texts: parts.flatMap((part) => ('text' in part && part.text ? [part.text] : [])),
      media: parts.flatMap((part) => (part.kind === 'media' ? [{ mime: part.mime, caption: part.caption }] : [])),
      choices: parts.flatMap((part) => (part.kind === 'choice' ? [part.options] : [])),
    }),
  },
});

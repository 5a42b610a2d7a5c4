import { createHash } from 'node:crypto';
import { type ChannelContext, ChannelError, type SendContext } from '@parley/connector';
import {
  describeConnector,
  type FakeProvider,
  httpProvider,
  type ProviderAnswer,
  type ProviderCall,
} from '@parley/connector/testing';
import axios from 'axios';
import { account, BUYER, batch, change, message, PHONE_NUMBER_ID, rawSettings, signed } from './fixtures';
import type { WhatsAppRequest } from './render';
import { graphUrl, type WhatsAppSettings, whatsappSettings } from './settings';
import { whatsapp } from './whatsapp.connector';

const graphError = (status: number, code: number, headers: Record<string, string> = {}): ProviderAnswer => ({
  status,
  headers,
  body: { error: { code, message: 'In the words of the channel', fbtrace_id: 'T' } },
});
const isSend = ({ method, path }: ProviderCall) => method === 'POST' && path.endsWith(`/${PHONE_NUMBER_ID}/messages`);
const picture = Buffer.from('bytes of a picture');

/** Graph, as far as this connector knows it. */
function answer({ method, path, headers, url }: ProviderCall): ProviderAnswer {
  if (headers.authorization !== `Bearer ${rawSettings.accessToken}`) return graphError(401, 190);
  if (path.endsWith('/messages')) return { status: 200, body: { messages: [{ id: 'wamid.OUT1' }] } };
  if (path.endsWith('/media')) return { status: 200, body: { id: '610000000000009' } };
  if (path === '/file') return { status: 200, headers: { 'content-type': 'image/jpeg' }, body: picture };
  if (path.startsWith('/v24.0/6100'))
    return {
      status: 200,
      body: {
        url: `${url}/file`,
        mime_type: 'image/jpeg',
        file_size: picture.length,
        sha256: createHash('sha256').update(picture).digest('hex'),
      },
    };
  if (path.endsWith('/subscribed_apps')) return { status: 200, body: { data: [{}] } };
  if (method === 'GET') return { status: 200, body: { verified_name: 'Lamp shop', display_phone_number: '+1 500 555 0100' } };
  return graphError(400, 100);
}

const inWords = ({ id, from, text, at }: { id: string; from: string; text: string; at: number }) =>
  message({
    from: `${BUYER}${from}`.slice(1),
    id: `wamid.${id}`,
    timestamp: String(at / 1_000),
    type: 'text',
    text: { body: text },
  });

describeConnector(whatsapp, {
  settings: (providerUrl) => ({ ...rawSettings, apiBaseUrl: providerUrl }),
  inbound: {
    kind: 'webhook',
    batches: true,
    signature: { header: 'x-hub-signature-256', overBody: true },
    requests: (messages) => [signed(batch(change({ messages: messages.map(inWords) })))],
    sign: (body) => signed(body),
    unknownKind: (sample) => signed(batch(change({ messages: [{ ...inWords(sample), type: 'hologram', hologram: {} }] }))),
    sickBatch: (first, last) => signed(batch(change({ messages: [inWords(first), ['sick'], inWords(last)] }))),
  },
  outbound: {
    provider: httpProvider({
      answer,
      isSend,
      refusals: {
        throttled: graphError(429, 130429, { 'retry-after': '7' }),
        'server-error': graphError(500, 131000),
        'expired-token': graphError(401, 190),
        refused: graphError(400, 131047),
      },
    }),
    describe: ({ body, upload }: WhatsAppRequest) => {
      const content = body[body.type] as any;
      const options = content.action?.buttons?.map((button: any) => button.reply) ?? content.action?.sections?.[0].rows;
      return {
        texts: [body.type === 'text' ? content.body : content.body?.text].filter((text) => text !== undefined),
        media: upload ? [{ mime: upload.mime, caption: content.caption ?? null }] : [],
        choices: options ? [options] : [],
      };
    },
  },
});

describe('over the wire', () => {
  let calls: ProviderCall[] = [];
  let script: ((call: ProviderCall) => ProviderAnswer) | null = null;
  let provider: FakeProvider;
  let context: SendContext<WhatsAppSettings>;
  const lines: unknown[] = [];

  beforeAll(async () => {
    provider = await httpProvider({
      isSend,
      answer: (call) => {
        calls.push(call);
        return (script ?? answer)(call);
      },
    })();
    const base: ChannelContext<WhatsAppSettings> = {
      account: account({ apiBaseUrl: provider.url }),
      http: axios.create({ timeout: 2_000, proxy: false }),
      resolveHost: async (host) => host,
      credentials: { current: async () => null, renew: async (_stale, renew) => renew(null) },
      signal: new AbortController().signal,
      log: { info: (...line) => lines.push(line), warn: (...line) => lines.push(line) },
      now: () => Date.now(),
    };
    context = {
      ...base,
      messageId: 'msg_1',
      earlier: [],
      openMedia: async () => ({ bytes: picture, mime: 'image/jpeg', name: 'a.jpg' }),
    };
  });
  afterAll(() => provider.close());
  beforeEach(() => {
    calls = [];
    script = null;
  });
  const bodyOf = (call: ProviderCall | undefined) => JSON.parse(call?.body.toString('utf8') ?? 'null');
  const faultOf = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => new Error('It worked'),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ChannelError)) throw error;
    return error;
  };
  const textRequest: WhatsAppRequest = { body: { to: `+${BUYER}`, type: 'text', text: { body: 'hola' } } };
  const mediaRequest: WhatsAppRequest = {
    body: { to: `+${BUYER}`, type: 'image', image: { caption: 'La azul' } },
    upload: { url: '/v1/media/med_1', mime: 'image/jpeg', name: 'a.jpg' },
  };

  it('uploads a file, then sends its id', async () => {
    await expect(whatsapp.send(mediaRequest, context)).resolves.toEqual({ externalId: 'wamid.OUT1' });
    expect(calls.map(({ path }) => path)).toEqual([`/v24.0/${PHONE_NUMBER_ID}/media`, `/v24.0/${PHONE_NUMBER_ID}/messages`]);
    const form = calls[0]?.body.toString('latin1') ?? '';
    expect(form).toContain('name="messaging_product"\r\n\r\nwhatsapp');
    expect(form).toContain('name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg');
    expect(form).toContain('bytes of a picture');
    expect(bodyOf(calls[1]).image).toEqual({ id: '610000000000009', caption: 'La azul' });
  });

  it('sends nothing when the upload fails: that is never in doubt', async () => {
    script = (call) => (call.path.endsWith('/media') ? { status: 504, body: 'gateway' } : answer(call));
    expect((await faultOf(whatsapp.send(mediaRequest, context))).fault).toBe('unavailable');
    expect(calls).toHaveLength(1);
  });

  it('refuses a file that is too large before it is uploaded', async () => {
    const large = { ...context, openMedia: async () => ({ bytes: Buffer.alloc(5_000_001), mime: 'image/jpeg', name: null }) };
    expect(await faultOf(whatsapp.send(mediaRequest, large))).toMatchObject({ fault: 'rejected', code: 'media-too-large' });
    expect(calls).toHaveLength(0);
  });

  it.each([
    [400, 131047, 'rejected', 'window-closed'],
    [400, 131026, 'rejected', 'undeliverable'],
    [400, 132001, 'rejected', 'template-unknown'],
    [400, 999_999, 'rejected', 'whatsapp-999999'],
    [429, 80007, 'throttled', 'rate-limit'],
    [400, 4, 'throttled', 'rate-limit'],
    [401, 190, 'unauthorized', 'token-invalid'],
    [403, 10, 'unauthorized', 'permission-missing'],
    [400, 294, 'unauthorized', 'permission-missing'],
    [400, 131042, 'unauthorized', 'payment-problem'],
    [400, 131016, 'unavailable', 'channel-unavailable'],
    [503, 888_888, 'unavailable', 'http-503'],
    [504, 888_888, 'unavailable', 'http-504'],
  ])('%d with code %d is %s (%s)', async (status, number, fault, code) => {
    script = () => graphError(status, number);
    expect(await faultOf(whatsapp.send(textRequest, context))).toMatchObject({ fault, code });
  });

  it('slows down for one person only when the pair is too fast', async () => {
    script = () => graphError(400, 131056);
    expect(await faultOf(whatsapp.send(textRequest, context))).toMatchObject({ scope: 'recipient', retryAfterMs: 6_000 });
  });

  it.each([
    [500, 'unavailable'],
    [503, 'unavailable'],
    [504, 'uncertain'],
    [429, 'throttled'],
    [404, 'rejected'],
  ])('%d without a word of Graph is %s', async (status, fault) => {
    script = () => ({ status, body: '<html></html>' });
    expect((await faultOf(whatsapp.send(textRequest, context))).fault).toBe(fault);
  });

  it('marks as read and reacts', async () => {
    await whatsapp.markRead?.('wamid.IN1', { to: BUYER }, context);
    await whatsapp.react?.('wamid.IN1', '👍', { to: BUYER }, context);
    await whatsapp.react?.('wamid.IN1', null, { recipient: 'DE.1' }, context);
    expect(calls.map(bodyOf)).toEqual([
      { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.IN1' },
      {
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        to: `+${BUYER}`,
        type: 'reaction',
        reaction: { message_id: 'wamid.IN1', emoji: '👍' },
      },
      {
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        recipient: 'DE.1',
        type: 'reaction',
        reaction: { message_id: 'wamid.IN1', emoji: '' },
      },
    ]);
  });

  it('fetches a file in two steps, with the token on both', async () => {
    const file = await whatsapp.downloadMedia?.({ mediaId: '610000000000001' }, context);
    expect(file).toEqual({ bytes: picture, mime: 'image/jpeg', name: null });
    expect(calls.map(({ path }) => path)).toEqual([`/v24.0/610000000000001?phone_number_id=${PHONE_NUMBER_ID}`, '/file']);
  });

  it('asks for a new address when the old one is over', async () => {
    let asked = 0;
    script = (call) => (call.path === '/file' && asked++ === 0 ? { status: 404 } : answer(call));
    await expect(whatsapp.downloadMedia?.({ mediaId: '610000000000001' }, context)).resolves.toMatchObject({ bytes: picture });
    expect(calls).toHaveLength(4);
  });

  it('does not keep a file that was cut short', async () => {
    script = (call) => (call.path === '/file' ? { status: 200, body: picture.subarray(0, 5) } : answer(call));
    expect(await faultOf(Promise.resolve(whatsapp.downloadMedia?.({ mediaId: '610000000000001' }, context)))).toMatchObject({
      fault: 'unavailable',
      code: 'media-incomplete',
    });
  });

  it('gives the token to no stranger', async () => {
    const atMeta = {
      ...context,
      account: account(),
      http: axios.create({
        adapter: async (config) => ({
          data: { url: 'https://evil.example/f' },
          status: 200,
          statusText: '',
          headers: {},
          config,
        }),
      }),
    };
    expect(await faultOf(Promise.resolve(whatsapp.downloadMedia?.({ mediaId: '1' }, atMeta)))).toMatchObject({
      fault: 'rejected',
    });
  });

  it('looks whether the account works', async () => {
    await expect(whatsapp.check?.(context)).resolves.toMatchObject({
      ok: true,
      message: 'The number works: Lamp shop, +1 500 555 0100.',
    });
    script = () => graphError(401, 190);
    await expect(whatsapp.check?.(context)).resolves.toMatchObject({ ok: false, details: { code: 'token-invalid' } });
  });

  it('never writes a token or a text to the log', () => {
    expect(JSON.stringify(lines)).not.toContain(rawSettings.accessToken);
    expect(JSON.stringify(lines)).not.toContain('hola');
  });
});

it.each([
  ['https://graph.facebook.com', 'https://graph.facebook.com/v24.0/1/messages'],
  ['https://graph.facebook.com/v25.0/', 'https://graph.facebook.com/v25.0/1/messages'],
  ['http://127.0.0.1:4000/wa', 'http://127.0.0.1:4000/wa/v24.0/1/messages'],
])('the base URL %s may name a version', (apiBaseUrl, expected) => {
  expect(graphUrl(whatsappSettings.parse({ ...rawSettings, apiBaseUrl }), '1', 'messages')).toBe(expected);
});

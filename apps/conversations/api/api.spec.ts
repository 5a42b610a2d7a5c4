import { appendEntries } from '@parley/event-log';
import { type OutboundMessage, outboundMessageSchema, outboundTranslatedSchema } from '@parley/model';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { type Answer, API_KEY, eventually, OPERATOR_KEY, type RunningApi, type Sender, startApi } from '../testing/running-api';

let api: RunningApi;
let merchantId: string;
let chat: Sender;
beforeAll(async () => {
  api = await startApi();
  merchantId = (await api.ask('GET /v1/merchants', { key: OPERATOR_KEY })).body.data[0].id;
  chat = await chatAccount();
}, 60_000);
afterAll(() => api?.end(), 30_000);

async function chatAccount(key = API_KEY, merchant = merchantId): Promise<Sender> {
  const { body } = await api.ask('POST /v1/accounts', { key, body: { channel: 'webchat', name: 'Chat', settings: {} } });
  return { merchantId: merchant, accountId: body.id, channel: 'webchat', address: 'visitor-1' };
}

/** A conversation with one message of the buyer, as the API shows it. */
async function conversation(from: Sender, said: Parameters<RunningApi['say']>[1] = {}, key = API_KEY): Promise<string> {
  const entry = await api.say(from, said);
  await eventually(
    () => api.ask(`GET /v1/messages/${entry.messageId}`, { key }),
    (answer) => answer.status === 200,
  );
  return entry.conversationId;
}
const someone = (): Sender => ({ ...chat, address: `visitor-${Math.random().toString(36).slice(2)}` });

async function keyWith(body: object, key = API_KEY): Promise<string> {
  return (await api.ask('POST /v1/keys', { key, body: { name: 'test', ...body } })).body.key;
}
const codeOf = ({ status, body }: Answer) => [status, body.code];

const appended = <T>(topic: string): Promise<T[]> => api.appended<T>(topic);
/** Knows formats; says nothing. */
const ajv = () => addFormats(new Ajv2020({ strict: false, logger: false }));

describe('keys and scopes', () => {
  it('asks for a key', async () => {
    expect(codeOf(await api.ask('GET /v1/conversations', { key: null }))).toEqual([401, 'unauthorized']);
    expect(codeOf(await api.ask('GET /v1/conversations', { key: 'pk_made_up' }))).toEqual([401, 'unauthorized']);
  });

  it('lets a key do what its scopes say', async () => {
    const key = await keyWith({ scopes: ['messages:read'] });
    expect((await api.ask('GET /v1/conversations', { key })).status).toBe(200);
    expect(codeOf(await api.ask('GET /v1/keys', { key }))).toEqual([403, 'scope-missing']);
    expect(codeOf(await api.ask('POST /v1/messages', { key, body: {} }))).toEqual([403, 'scope-missing']);
    expect(codeOf(await api.ask('GET /v1/events', { key }))).toEqual([403, 'scope-missing']);
  });

  it('shows a key bound to accounts these alone', async () => {
    const other = await chatAccount();
    const there = await conversation({ ...other, address: 'v' });
    const key = await keyWith({ scopes: ['messages:read', 'messages:write', 'events:read'], accountIds: [chat.accountId] });
    expect(codeOf(await api.ask(`GET /v1/conversations/${there}`, { key }))).toEqual([404, 'not-found']);
    expect(codeOf(await api.ask(`POST /v1/conversations/${there}/messages`, { key, body: { text: 'x' } }))).toEqual([
      404,
      'not-found',
    ]);
    const { body } = await api.ask('GET /v1/accounts', { key });
    expect(body.data.map((account: { id: string }) => account.id)).toEqual([chat.accountId]);
    const events = await api.ask('GET /v1/events?limit=1000', { key, headers: { accept: 'application/json' } });
    expect(events.body.data.length).toBeGreaterThan(0);
    for (const { event } of events.body.data) expect(event.source).toContain(chat.accountId);
  });

  it('revokes at once', async () => {
    const key = await keyWith({ scopes: ['messages:read'] });
    expect((await api.ask('GET /v1/conversations', { key })).status).toBe(200);
    const { body } = await api.ask('GET /v1/keys');
    const { id } = body.data.at(-1);
    expect(JSON.stringify(body)).not.toContain(key);
    expect((await api.ask(`DELETE /v1/keys/${id}`)).status).toBe(204);
    await eventually(
      () => api.ask('GET /v1/conversations', { key }),
      (answer) => answer.status === 401,
    );
  });

  it('hides everything of another merchant', async () => {
    const made = await api.ask('POST /v1/merchants', { key: OPERATOR_KEY, body: { name: 'Other shop', language: 'en' } });
    expect(made.status).toBe(201);
    const { key, id } = made.body;
    const theirs = await chatAccount(key, id);
    const there = await conversation(theirs, {}, key);
    for (const path of [`accounts/${theirs.accountId}`, `conversations/${there}`, `conversations/${there}/messages`])
      expect(codeOf(await api.ask(`GET /v1/${path}`))).toEqual([404, 'not-found']);
    expect(codeOf(await api.ask('GET /v1/merchants', { key }))).toEqual([403, 'operator-only']);
    expect(codeOf(await api.ask('GET /v1/accounts', { key: OPERATOR_KEY }))).toEqual([403, 'operator-key']);
  });
});

describe('bad input', () => {
  it.each<[string, string, unknown, number, (string | undefined)[]]>([
    ['an unknown field', 'POST /v1/keys', { name: 'k', scopes: ['admin'], scope: 'x' }, 400, ['']],
    ['every problem of a body', 'POST /v1/keys', { name: '', scopes: ['root'] }, 400, ['/name', '/scopes/0']],
    ['a list that is none', 'POST /v1/keys', { name: 'k', scopes: 'admin' }, 400, ['/scopes']],
    ['an unknown channel', 'POST /v1/accounts', { channel: 'pigeon', name: 'P', settings: {} }, 422, ['/channel']],
    ['no body', 'POST /v1/accounts', undefined, 400, ['/channel', '/name', '/settings']],
  ])('names %s', async (_name, address, body, status, pointers) => {
    const answer = await api.ask(address, { body });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toEqual(pointers);
  });

  it.each(['limit=0', 'limit=x', 'sate=open', 'state=opn', 'cursor=xyz', 'updatedAfter=yesterday', 'vip=1'])(
    'refuses ?%s',
    async (query) => {
      const answer = await api.ask(`GET /v1/conversations?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.body.errors).toHaveLength(1);
    },
  );

  it.each([
    ['{"name":', 400],
    ['"\ud800"', 400],
    ['[]', 400],
    ['null', 400],
  ])('takes %j for malformed', async (body, status) => {
    expect((await api.ask('POST /v1/keys', { body, headers: { 'content-type': 'application/json' } })).status).toBe(status);
  });
});

describe('accounts', () => {
  const settings = {
    phoneNumberId: '1064',
    businessAccountId: '2098',
    accessToken: 'EAAG-secret',
    appSecret: '0123456789abcdef',
    verifyToken: 'v-secret',
    apiBaseUrl: 'https://8.8.8.8',
  };

  it('never shows a secret again', async () => {
    const made = await api.ask('POST /v1/accounts', { body: { channel: 'whatsapp', name: 'WhatsApp', settings } });
    expect(made.status).toBe(201);
    expect(made.body.webhookUrl).toBe(`${api.house.config.publicUrl}/channels/${made.body.id}/webhook`);
    const read = await api.ask(`GET /v1/accounts/${made.body.id}`);
    for (const answer of [made, read]) {
      expect(JSON.stringify(answer.body)).not.toMatch(/EAAG|0123456789abcdef|v-secret/);
      expect(answer.body.settings.phoneNumberId).toBe('1064');
    }
    const changed = await api.ask(`PATCH /v1/accounts/${made.body.id}`, {
      body: { name: 'W2', settings: { ...read.body.settings, phoneNumberId: '7' } },
    });
    expect([changed.status, changed.body.name, changed.body.settings.phoneNumberId]).toEqual([200, 'W2', '7']);
    await eventually(
      async () => (await api.house.accounts.get(made.body.id))?.settings,
      (kept) => kept?.['phoneNumberId'] === '7' && kept?.['accessToken'] === 'EAAG-secret',
    );
    expect((await api.ask(`PATCH /v1/accounts/${made.body.id}`, { body: { state: 'paused' } })).body.health.state).toBe('paused');
    expect((await api.ask(`DELETE /v1/accounts/${made.body.id}`)).status).toBe(204);
    expect(codeOf(await api.ask(`GET /v1/accounts/${made.body.id}`))).toEqual([404, 'not-found']);
  });

  it('names every problem of the settings', async () => {
    const { accessToken: _gone, ...rest } = settings;
    const answer = await api.ask('POST /v1/accounts', {
      body: { channel: 'whatsapp', name: 'W', settings: { ...rest, phoneNumberId: 5, colour: 'red' } },
    });
    expect(codeOf(answer)).toEqual([422, 'invalid-settings']);
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual([
      '/settings/accessToken',
      '/settings/colour',
      '/settings/phoneNumberId',
    ]);
  });

  it('refuses hosts of this network', async () => {
    const answer = await api.ask('POST /v1/accounts', {
      body: { channel: 'whatsapp', name: 'W', settings: { ...settings, apiBaseUrl: 'http://127.0.0.1:1' } },
    });
    expect(codeOf(answer)).toEqual([422, 'private-host']);
    expect(answer.body.errors[0].pointer).toBe('/settings/apiBaseUrl');
  });

  it('publishes what a channel takes', async () => {
    const { body } = await api.ask('GET /v1/connectors');
    const whatsapp = body.data.find((connector: { channel: string }) => connector.channel === 'whatsapp');
    expect(whatsapp.settings.properties.accessToken.writeOnly).toBe(true);
    expect(whatsapp.capabilities.replyWindow).toEqual({ hours: 24, then: 'template' });
    for (const connector of body.data) ajv().compile({ ...connector.settings, $id: undefined });
  });
});

describe('replies', () => {
  it('is there for a GET that follows, and once for one key', async () => {
    const id = await conversation(someone(), { languageHint: 'es' });
    const send = (body: object) =>
      api.ask(`POST /v1/conversations/${id}/messages`, { body, headers: { 'idempotency-key': 'k-1' } });
    const first = await send({ text: '有的', clientKey: 'c1' });
    expect(first.status).toBe(202);
    expect(first.body).toMatchObject({ direction: 'outbound', sequence: 2, clientKey: 'c1', delivery: { state: 'accepted' } });
    expect((await api.ask(`GET /v1/messages/${first.body.id}`)).body.id).toBe(first.body.id);
    const again = await send({ clientKey: 'c1', text: '有的' });
    expect([again.status, again.headers.get('idempotency-replayed'), again.body]).toEqual([202, 'true', first.body]);
    expect(codeOf(await send({ text: '没有' }))).toEqual([422, 'idempotency-mismatch']);
    const entries = (await appended<OutboundMessage>('outbound.message')).filter((entry) => entry.conversationId === id);
    expect(entries).toHaveLength(1);
    expect(outboundMessageSchema.parse(entries[0])).toMatchObject({
      language: 'zh-CN',
      attempt: 1,
      released: false,
      context: [{ direction: 'inbound', text: 'Hola' }],
    });
  });

  it('keeps notes to the team', async () => {
    const id = await conversation(someone());
    const note = await api.ask(`POST /v1/conversations/${id}/messages`, { body: { text: 'Careful', note: true } });
    expect([note.status, note.body.note, note.body.delivery]).toEqual([202, true, null]);
    expect((await appended<OutboundMessage>('outbound.message')).some((entry) => entry.messageId === note.body.id)).toBe(false);
  });

  it.each<[string, object, string]>([
    ['nothing', {}, '/text'],
    ['both', { text: 'a', parts: [{ kind: 'text', text: 'b' }] }, '/parts'],
    ['blanks', { text: '  ' }, '/text'],
    ['an unknown part', { parts: [{ kind: 'song' }] }, '/parts/0/kind'],
    ['a misspelt field', { text: 'a', tranlate: false }, ''],
    ['a translated note', { text: 'a', note: true, translation: 'b' }, '/translation'],
  ])('refuses %s', async (_name, body, pointer) => {
    const id = await conversation(someone());
    const answer = await api.ask(`POST /v1/conversations/${id}/messages`, { body });
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, pointer]);
  });

  it('refuses what is not there', async () => {
    const id = await conversation(someone());
    const url = '/v1/media/med_0000000000';
    const file = await api.ask(`POST /v1/conversations/${id}/messages`, { body: { parts: [{ kind: 'media', url }] } });
    expect([...codeOf(file), file.body.errors[0].pointer]).toEqual([422, 'unknown-media', '/parts/0/url']);
    expect(codeOf(await api.ask(`POST /v1/conversations/${id}/messages`, { body: { text: 'a', replyTo: 'msg_x' } }))).toEqual([
      422,
      'unknown-message',
    ]);
  });

  it('tells what to do when the channel takes no reply', async () => {
    const openUntil = new Date(Date.now() - 1_000).toISOString();
    const over = await conversation(someone(), { replyWindow: { openUntil, then: 'template' } });
    const reply = await api.ask(`POST /v1/conversations/${over}/messages`, { body: { text: 'a' } });
    expect(codeOf(reply)).toEqual([409, 'template-required']);
    expect(reply.body.policy.answer).toBe('needs-template');
    const template = [{ kind: 'template', name: 'hello', language: 'es', variables: {} }];
    expect((await api.ask(`POST /v1/conversations/${over}/messages`, { body: { parts: template } })).status).toBe(202);
    const closed = await conversation(someone(), { replyWindow: { openUntil, then: 'closed', reason: 'The case is closed.' } });
    expect(codeOf(await api.ask(`POST /v1/conversations/${closed}/messages`, { body: { text: 'a' } }))).toEqual([
      409,
      'reply-window-closed',
    ]);
    const preview = await api.ask(`POST /v1/conversations/${closed}/messages/preview`, { body: { text: 'a' } });
    expect(preview.body.policy).toEqual({ answer: 'blocked', until: null, reason: 'The case is closed.' });
  });

  it('previews what the channel would get', async () => {
    const from = someone();
    const id = await conversation(from);
    const { status, body } = await api.ask(`POST /v1/conversations/${id}/messages/preview`, { body: { text: 'Yes' } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'as-written',
      translation: null,
      problem: null,
      losses: [],
      policy: { answer: 'allowed' },
    });
    expect(body.requests).toEqual([
      { messageId: 'msg_preview', visitorId: from.address, parts: [{ kind: 'text', text: 'Yes' }] },
    ]);
    expect((await api.ask(`GET /v1/conversations/${id}/messages`)).body.data).toHaveLength(1);
  });

  it('refuses a bot once a person took over', async () => {
    const id = await conversation(someone());
    const bot = await keyWith({ scopes: ['bot'] });
    const say = (ownerGeneration?: number) =>
      api.ask(`POST /v1/conversations/${id}/messages`, { key: bot, body: { text: 'I am a bot', ownerGeneration } });
    const { body: owner } = await api.ask(`POST /v1/conversations/${id}/owner`, { body: { kind: 'bot' } });
    expect(codeOf(await say())).toEqual([422, 'owner-generation-required']);
    const said = await say(owner.generation);
    expect([said.status, said.body.author.kind]).toEqual([202, 'bot']);
    const { body: person } = await api.ask(`POST /v1/conversations/${id}/owner`, { body: { kind: 'agent', agentId: 'agt_1' } });
    expect(person).toEqual({ kind: 'agent', id: 'agt_1', generation: owner.generation + 1 });
    expect(codeOf(await say(owner.generation))).toEqual([409, 'owner-changed']);
    expect(codeOf(await say(person.generation))).toEqual([409, 'owner-changed']);
  });

  it('lets a person decide about what was held', async () => {
    const id = await conversation(someone());
    const { body: sent } = await api.ask(`POST /v1/conversations/${id}/messages`, { body: { text: '编号 SO-1' } });
    expect(codeOf(await api.ask(`POST /v1/messages/${sent.id}/release`))).toEqual([409, 'wrong-state']);
    const [entry] = (await appended<OutboundMessage>('outbound.message')).filter(({ messageId }) => messageId === sent.id);
    const error = { code: 'entity-missing', message: 'SO-1 is missing', retryable: false };
    const held = outboundTranslatedSchema.parse({
      ...entry,
      outcome: { kind: 'held', error, candidate: null },
      translatedAt: new Date().toISOString(),
    });
    await appendEntries(api.house.eventLog, 'outbound.translated', [{ key: id, entry: held }]);
    await eventually(
      () => api.ask(`GET /v1/messages/${sent.id}`),
      ({ body }) => body.delivery.state === 'held',
    );
    const released = await api.ask(`POST /v1/messages/${sent.id}/release`, { body: { translation: 'Número SO-1' } });
    expect(released.body.delivery).toMatchObject({ state: 'accepted', attempt: 2 });
    const last = (await appended<OutboundMessage>('outbound.message')).find(
      ({ messageId, attempt }) => messageId === sent.id && attempt === 2,
    );
    expect(last).toMatchObject({ released: true, translation: [{ kind: 'text', text: 'Número SO-1' }] });
    expect((await api.ask(`POST /v1/messages/${sent.id}/cancel`)).status).toBe(202);
    expect(await appended('outbound.signal')).toContainEqual(
      expect.objectContaining({ signal: { kind: 'cancel', messageId: sent.id, attempt: 2 } }),
    );
    expect(codeOf(await api.ask(`POST /v1/messages/${sent.id}/reactions`, { body: { emoji: '👍' } }))).toEqual([
      422,
      'cannot-react',
    ]);
  });

  it('starts only where the channel lets it', async () => {
    const answer = await api.ask('POST /v1/messages', { body: { accountId: chat.accountId, to: { address: 'x' }, text: 'Hi' } });
    expect(codeOf(answer)).toEqual([422, 'cannot-start']);
    const settings = {
      phoneNumberId: '11',
      businessAccountId: '22',
      accessToken: 't',
      appSecret: 's',
      verifyToken: 'v',
      apiBaseUrl: 'https://8.8.8.8',
    };
    const { body: account } = await api.ask('POST /v1/accounts', { body: { channel: 'whatsapp', name: 'W', settings } });
    const start = (body: object) =>
      api.ask('POST /v1/messages', { body: { accountId: account.id, to: { address: '5215512345678', name: 'Ana' }, ...body } });
    expect(codeOf(await start({ text: 'Hi' }))).toEqual([409, 'template-required']);
    const begun = await start({ template: { name: 'order_ready', language: 'es_MX', variables: { '1': 'SO-1' } } });
    expect([begun.status, begun.body.parts[0].kind]).toEqual([202, 'template']);
    expect((await api.ask(`GET /v1/conversations/${begun.body.conversationId}`)).body.contact.name).toBe('Ana');
  });
});

describe('conversations', () => {
  it('pages through messages in both directions', async () => {
    const from = someone();
    for (const text of ['1', '2', '3', '4', '5']) await api.say(from, { text });
    const id = await conversation(from, { text: '6' });
    const page = async (query: string) => {
      const { body } = await api.ask(`GET /v1/conversations/${id}/messages?limit=2${query}`);
      return { sequences: body.data.map((message: { sequence: number }) => message.sequence), nextCursor: body.nextCursor };
    };
    expect(await page('')).toEqual({ sequences: [1, 2], nextCursor: 'a2' });
    expect(await page('&cursor=a2')).toEqual({ sequences: [3, 4], nextCursor: 'a4' });
    expect(await page('&after=4')).toEqual({ sequences: [5, 6], nextCursor: null });
    expect(await page('&before=9007199254740991')).toEqual({ sequences: [5, 6], nextCursor: 'b5' });
    expect(await page('&cursor=b5')).toEqual({ sequences: [3, 4], nextCursor: 'b3' });
  });

  it('is found, changed and read', async () => {
    const id = await conversation(someone(), { text: 'Busco el pedido ZX-90417' });
    const found = await api.ask('GET /v1/conversations?q=ZX90417&unread=true&state=open,pending');
    expect(found.body.data.map((each: { id: string }) => each.id)).toEqual([id]);
    const changed = await api.ask(`PATCH /v1/conversations/${id}`, {
      body: { tags: ['vip'], assigneeId: 'agt_1', language: 'es', read: true },
    });
    expect(changed.body).toMatchObject({ tags: ['vip'], assigneeId: 'agt_1', language: 'es', unreadCount: 0 });
    const snoozed = await api.ask(`PATCH /v1/conversations/${id}`, { body: { state: 'snoozed' } });
    expect([snoozed.status, snoozed.body.errors[0].pointer]).toEqual([400, '/snoozedUntil']);
    const contactId = changed.body.contact.id;
    expect((await api.ask(`PATCH /v1/contacts/${contactId}`, { body: { vip: true } })).body.vip).toBe(true);
    expect((await api.ask('GET /v1/conversations?vip=true')).body.data[0].id).toBe(id);
  });
});

describe('the ledger', () => {
  it('says of what came three times that it was seen three times, and of what was written here that it was not', async () => {
    const from = someone();
    const entry = await api.say(from);
    for (let times = 1; times < 3; times++)
      await appendEntries(api.house.eventLog, 'inbound.message', [{ key: entry.conversationId, entry }]);
    const seen = await eventually(
      () => api.ask(`GET /v1/messages/${entry.messageId}/ledger`),
      ({ body }) => body.seen === 3,
    );
    expect(seen.body).toMatchObject({ direction: 'inbound', externalId: entry.externalId, attempts: [], receipts: [] });
    const path = `/v1/conversations/${entry.conversationId}/messages`;
    expect((await api.ask(`GET ${path}`)).body.data).toHaveLength(1);
    const written = [
      await api.ask(`POST ${path}`, { body: { text: 'Hi' } }),
      await api.ask(`POST ${path}`, { body: { text: 'Look', note: true } }),
    ];
    for (const { body } of written)
      expect((await api.ask(`GET /v1/messages/${body.id}/ledger`)).body).toMatchObject({ direction: 'outbound', seen: 0 });
  });
});

describe('files', () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64',
  );

  async function upload(bytes: Uint8Array, name: string, type: string) {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(bytes)], { type }), name);
    return api.ask('POST /v1/media', { body: form });
  }

  it('comes back by its link, in pieces, and in a message', async () => {
    const { status, body } = await upload(png, '尺码表.png', 'image/png');
    expect([status, body.mime, body.name, body.sizeBytes]).toEqual([201, 'image/png', '尺码表.png', png.length]);
    const whole = await fetch(api.url + body.url);
    expect(Buffer.from(await whole.arrayBuffer()).equals(png)).toBe(true);
    expect(whole.headers.get('content-disposition')).toContain('inline; filename="___.png"; filename*=UTF-8\'\'%E5%B0%BA');
    const piece = await fetch(api.url + body.url, { headers: { range: 'bytes=1-3' } });
    expect([piece.status, await piece.text(), piece.headers.get('content-range')]).toEqual([
      206,
      'PNG',
      `bytes 1-3/${png.length}`,
    ]);
    expect((await fetch(api.url + body.url, { headers: { range: 'bytes=999999-' } })).status).toBe(416);
    expect((await fetch(api.url + body.url, { headers: { 'if-none-match': `"${body.id}"` } })).status).toBe(304);
    expect((await fetch(api.url + body.url.replace(/signature=./, 'signature=_'))).status).toBe(403);
    expect((await fetch(`${api.url}/v1/media/${body.id}`)).status).toBe(401);
    expect((await api.ask(`GET /v1/media/${body.id}`, { headers: { accept: 'application/json' } })).body.url).toBe(body.url);
    const id = await conversation(someone());
    const sent = await api.ask(`POST /v1/conversations/${id}/messages`, {
      body: { parts: [{ kind: 'media', url: body.url, caption: 'a' }] },
    });
    expect(sent.body.parts).toEqual([
      { kind: 'media', mime: 'image/png', url: body.url, name: '尺码表.png', sizeBytes: png.length, caption: 'a' },
    ]);
    const [entry] = (await appended<OutboundMessage>('outbound.message')).filter(({ messageId }) => messageId === sent.body.id);
    expect(entry?.parts[0]).toMatchObject({ url: `/v1/media/${body.id}` });
  });

  it('never runs as a page of ours', async () => {
    const { body } = await upload(Buffer.from('<html><script>alert(1)</script>'), 'a"b\r\n.html', 'text/html');
    const answer = await fetch(api.url + body.url);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('takes the bytes as they are, and no empty ones', async () => {
    const raw = await fetch(`${api.url}/v1/media?name=a.png`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'image/png' },
      body: new Uint8Array(png),
    });
    expect(await raw.json()).toMatchObject({ mime: 'image/png', name: 'a.png' });
    expect((await upload(Buffer.alloc(0), 'a.txt', 'text/plain')).status).toBe(400);
  });
});

describe('the rest', () => {
  it('keeps terms', async () => {
    const made = await api.ask('POST /v1/glossary', { body: { source: '尺码', sourceLanguage: 'zh', targets: { es: 'talla' } } });
    expect([made.status, made.body.targets]).toEqual([201, { es: 'talla' }]);
    const changed = await api.ask(`PATCH /v1/glossary/${made.body.id}`, { body: { forbidden: { es: ['medida'] } } });
    expect(changed.body).toMatchObject({ targets: { es: 'talla' }, forbidden: { es: ['medida'] } });
    expect((await api.ask('GET /v1/glossary')).body.data).toHaveLength(1);
    expect((await api.ask(`DELETE /v1/glossary/${made.body.id}`)).status).toBe(204);
    expect(codeOf(await api.ask('POST /v1/glossary', { body: { source: 'x', sourceLanguage: 'zh' } }))).toEqual([
      422,
      'empty-term',
    ]);
  });

  it('replays a dead letter as it was', async () => {
    const value = Buffer.from('{"kind":"not an entry"}').toString('base64');
    const entry = {
      id: 'dl_1',
      merchantId,
      accountId: chat.accountId,
      topic: 'inbound.raw',
      partition: 0,
      offset: '7',
      key: 'k',
      headers: { h: '1' },
      value,
      app: 'normalize',
      reason: 'it threw',
      at: new Date().toISOString(),
    };
    await appendEntries(api.house.eventLog, 'dead.letter', [{ key: 'k', entry }]);
    const listed = await eventually(
      () => api.ask('GET /v1/dead-letters'),
      ({ body }) => body.data.length === 1,
    );
    expect(listed.body.data[0]).toMatchObject({
      id: 'dl_1',
      reason: 'it threw',
      entry: { kind: 'not an entry' },
      replayedAt: null,
    });
    const replayed = await api.ask('POST /v1/dead-letters/dl_1/replay');
    expect([replayed.status, replayed.body.replayedAt]).toEqual([202, expect.any(String)]);
    expect(await appended('inbound.raw')).toEqual([{ kind: 'not an entry' }]);
    expect((await api.ask('GET /v1/dead-letters?replayed=false')).body.data).toEqual([]);
  });

  it('describes itself', async () => {
    const { body } = await api.ask('GET /openapi.json', { key: null });
    expect(body.openapi).toBe('3.1.0');
    expect(JSON.stringify(body)).not.toContain('Inline');
    for (const schema of Object.values(body.components.schemas) as object[])
      ajv().compile({ ...schema, components: body.components });
    expect(
      body.paths['/v1/conversations/{id}/messages'].post.requestBody.content['application/json'].schema.properties.text,
    ).toBeDefined();
    const ledger = body.paths['/v1/messages/{id}/ledger'].get.responses['200'].content['application/json'].schema;
    expect(Object.keys(ledger.properties)).toEqual(expect.arrayContaining(['seen', 'attempts', 'receipts']));
    expect(body.paths['/v1/conversations'].get.parameters.map(({ name }: { name: string }) => name)).toContain('updatedAfter');
    const schema = await api.ask('GET /schemas/parley.message.received.v1.json', { key: null });
    ajv().compile(schema.body);
    expect((await api.ask('GET /asyncapi.json', { key: null })).body.asyncapi).toBe('3.0.0');
    for (const path of ['/docs', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js', '/docs/start.js'])
      expect([path, (await fetch(api.url + path)).status]).toEqual([path, 200]);
    expect((await fetch(`${api.url}/docs/package.json`)).status).toBe(404);
  });
});

import { FakeGraph, postWebhook, statusBody, textsBody } from './support/fake-graph';
import { FakeTranslation } from './support/fake-translation';
import { eventually, type Mode, TestHouse } from './support/house';
import { describeWithKafka } from './support/kafka';

const BUYER = '34600111222';

function promise(mode: Mode) {
  let house: TestHouse;
  let graph: FakeGraph;
  let translation: FakeTranslation;
  let webhook: string;

  beforeAll(async () => {
    graph = await new FakeGraph().start();
    translation = await new FakeTranslation().start();
    house = await TestHouse.start(mode, translation.env);
    const { id } = await house.createAccount('whatsapp', graph.settings);
    webhook = `${house.ingestUrl}/channels/${id}/webhook`;
  }, 180_000);
  afterAll(async () => {
    await house?.stop();
    await graph?.stop();
    await translation?.stop();
  }, 60_000);

  const message = (id: string) => house.ok('GET', `/v1/messages/${id}`);

  it('brings a Spanish message in translated, a Chinese reply out in Spanish, and the states back', async () => {
    await postWebhook(
      webhook,
      textsBody({ id: 'wamid.in.1', from: BUYER, text: 'Hola, ¿dónde está mi pedido AB-10234? Ya pasaron dos semanas.' }),
    );
    const [conversation] = (
      await eventually(
        () => house.ok('GET', '/v1/conversations'),
        (page: any) => page.data[0]?.lastMessage?.translatedText,
      )
    ).data;
    expect(conversation).toMatchObject({ channel: 'whatsapp', language: expect.stringMatching(/^es/), unreadCount: 1 });
    const [received] = await house.messagesOf(conversation.id);
    expect(received).toMatchObject({
      sequence: 1,
      direction: 'inbound',
      translationStatus: 'done',
      translations: [{ language: 'zh-CN', engine: 'libretranslate' }],
    });
    expect(received.translations[0].parts[0].text).toContain('AB-10234');

    const reply = await house.ok(
      'POST',
      `/v1/conversations/${conversation.id}/messages`,
      { text: '您的订单 AB-10234 已经发货,运单号 YT2112345678901。' },
      { 'idempotency-key': 'reply-1' },
    );
    expect(await message(reply.id)).toMatchObject({ id: reply.id, direction: 'outbound' });
    const sent = await eventually(
      () => message(reply.id),
      (found: any) => found.delivery.state === 'sent',
    );
    expect(graph.sent).toHaveLength(1);
    const said = graph.sent[0]?.body.text.body as string;
    expect(said).toContain('AB-10234');
    expect(said).toContain('YT2112345678901');
    expect(said).not.toMatch(/\p{Script=Han}/u);
    expect(sent.translations[0].parts[0].text).toBe(said);

    const id = graph.sent[0]?.id as string;
    for (const status of ['delivered', 'read']) await postWebhook(webhook, statusBody(id, status, BUYER));
    const read = await eventually(
      () => message(reply.id),
      (found: any) => found.delivery.state === 'read',
    );
    expect(read.delivery.history.map((step: any) => step.state)).toEqual(
      expect.arrayContaining(['accepted', 'sent', 'delivered', 'read']),
    );
    const ledger = await house.ok('GET', `/v1/messages/${reply.id}/ledger`);
    expect(JSON.stringify(ledger)).toContain(id);
  }, 60_000);

  it('never moves a state back: read before sent, sent again after read', async () => {
    const [conversation] = (await house.ok('GET', '/v1/conversations')).data;
    graph.script.push((_body, _response, accept) => {
      // The receipt is quicker than the answer to the send.
      void postWebhook(webhook, statusBody('wamid.sent.2', 'read', BUYER)).then(accept);
    });
    const reply = await house.ok('POST', `/v1/conversations/${conversation.id}/messages`, { text: '请您放心。' });
    await eventually(
      () => message(reply.id),
      (found: any) => found.delivery.state === 'read',
    );
    await postWebhook(webhook, statusBody('wamid.sent.2', 'sent', BUYER));
    await postWebhook(webhook, statusBody('wamid.sent.2', 'delivered', BUYER));
    await eventually(
      () => message(reply.id),
      (found: any) => found.delivery.history.some((step: any) => step.state === 'delivered'),
    );
    expect((await message(reply.id)).delivery.state).toBe('read');
  }, 60_000);

  it('answers a repeated call with the same message, sends it once, and refuses another body under its key', async () => {
    const [conversation] = (await house.ok('GET', '/v1/conversations')).data;
    const path = `/v1/conversations/${conversation.id}/messages`;
    const before = graph.sent.length;
    const first = await house.call('POST', path, { text: '今天发货。' }, { 'idempotency-key': 'once' });
    const again = await house.call('POST', path, { text: '今天发货。' }, { 'idempotency-key': 'once' });
    expect(again.status).toBe(first.status);
    expect(again.body.id).toBe(first.body.id);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await house.call('POST', path, { text: '明天发货。' }, { 'idempotency-key': 'once' })).status).toBe(422);
    await eventually(
      () => message(first.body.id),
      (found: any) => found.delivery.state === 'sent',
    );
    expect(graph.sent.length).toBe(before + 1);
  }, 60_000);

  it('holds a reply whose order number the engine loses, names it, and sends it when a person says so', async () => {
    const [conversation] = (await house.ok('GET', '/v1/conversations')).data;
    const before = graph.sent.length;
    translation.dropMasks = true;
    const reply = await house.ok('POST', `/v1/conversations/${conversation.id}/messages`, { text: '订单 AB-77881 可以退款。' });
    const held = await eventually(
      () => message(reply.id),
      (found: any) => found.delivery.state === 'held',
    );
    expect(held.delivery.error.message).toContain('AB-77881');
    expect(graph.sent.length).toBe(before);
    translation.dropMasks = false;
    await house.ok('POST', `/v1/messages/${reply.id}/retry`, {});
    await eventually(
      () => message(reply.id),
      (found: any) => found.delivery.state === 'sent',
    );
    expect(graph.sent.length).toBe(before + 1);
    expect(graph.texts().at(-1)).toContain('AB-77881');
  }, 60_000);

  it('slows down when told so, and fails with the reason when refused', async () => {
    const [conversation] = (await house.ok('GET', '/v1/conversations')).data;
    const say = (text: string) => house.ok('POST', `/v1/conversations/${conversation.id}/messages`, { text, translate: false });
    const error =
      (status: number, code: number, headers = {}) =>
      (_body: any, response: any) => {
        response
          .writeHead(status, { 'content-type': 'application/json', ...headers })
          .end(JSON.stringify({ error: { code, message: 'no', type: 'OAuthException' } }));
      };
    graph.script.push(error(429, 130429, { 'retry-after': '1' }));
    const slow = await say('Un momento, por favor.');
    await eventually(
      () => message(slow.id),
      (found: any) => found.delivery.state === 'sent',
    );
    graph.script.push(error(400, 131047));
    const late = await say('¿Sigue ahí?');
    const failed = await eventually(
      () => message(late.id),
      (found: any) => found.delivery.state === 'failed',
    );
    expect(failed.delivery.error).toMatchObject({ retryable: false, code: 'window-closed' });
  }, 60_000);
}

describe('embedded', () => promise('embedded'));
describeWithKafka('distributed', () => promise('distributed'));

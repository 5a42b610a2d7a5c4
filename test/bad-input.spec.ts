import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { FakeGraph, postWebhook, sign, textsBody } from './support/fake-graph';
import { callJson, eventually, TestHouse } from './support/house';

describe('bad input', () => {
  let house: TestHouse;
  let graph: FakeGraph;
  let webhook: string;

  beforeAll(async () => {
    graph = await new FakeGraph().start();
    house = await TestHouse.start('embedded');
    const { id } = await house.createAccount('whatsapp', graph.settings);
    webhook = `${house.ingestUrl}/channels/${id}/webhook`;
  }, 120_000);
  afterAll(async () => {
    await house?.stop();
    await graph?.stop();
  }, 60_000);
  afterEach(async () => {
    expect(house.isAlive('parley')).toBe(true);
  });

  const stored = async () => [...(await house.allMessages()).values()].flat().length;
  const body = textsBody({ id: 'wamid.bad', from: '34600000010', text: 'Hola' });

  it.each([
    ['no signature', body, '', 401],
    ['a signature of another secret', body, sign(body, 'another'), 401],
    ['a signature of another body', body, sign(`${body} `), 401],
    ['SHA-1 instead', body, sign(body).replace('sha256', 'sha1'), 401],
    ['not JSON, but signed', '{"object":', sign('{"object":'), 400],
    [
      'not UTF-8, but signed',
      Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]),
      sign(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])),
      400,
    ],
    ['an empty body, signed', '', sign(''), 400],
  ])('webhook with %s: %s', async (_, content, signature, status) => {
    const answer = await callJson(webhook, 'POST', content, {
      'content-type': 'application/json',
      'x-hub-signature-256': signature,
    });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, code: expect.any(String), title: expect.any(String) });
    expect(await stored()).toBe(0);
  });

  it('webhook of an unknown account is 404, a huge body 413, and a cut line harms nothing', async () => {
    expect((await callJson(webhook.replace(/acc_\w+/, 'acc_00000000000000000000000000'), 'POST', body)).status).toBe(404);
    const huge = Buffer.alloc(30 * 1024 * 1024, 0x20);
    const status = await callJson(webhook, 'POST', huge, { 'x-hub-signature-256': sign(huge) }).then(
      (answer) => answer.status,
      () => 413,
    );
    expect(status).toBe(413);
    const { hostname, port } = new URL(webhook);
    const socket = connect(Number(port), hostname);
    socket.write(`POST ${new URL(webhook).pathname} HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\n{"a":`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    socket.destroy();
    expect(await stored()).toBe(0);
  });

  it('a signed batch with one sick item stores its neighbours and parks the sick one with its bytes', async () => {
    const batch = JSON.parse(
      textsBody(
        { id: 'wamid.ok.1', from: '34600000011', text: 'Primero' },
        { id: 'wamid.ok.2', from: '34600000011', text: 'Tercero' },
      ),
    );
    const value = batch.entry[0].changes[0].value;
    value.messages.splice(1, 0, { id: 7, from: { no: 'string' }, timestamp: 'never', type: 'text', text: 'not an object' });
    const answer = await postWebhook(webhook, JSON.stringify(batch));
    expect(answer.status).toBe(200);
    await eventually(stored, (count) => count >= 2);
    const texts = [...(await house.allMessages()).values()].flat().map((message) => message.parts[0].text);
    expect(texts).toEqual(expect.arrayContaining(['Primero', 'Tercero']));
    // Parked, or kept as a message that says it is not understood: never nothing.
    const parked = (await house.ok('GET', '/v1/dead-letters')).data;
    const unsupported = [...(await house.allMessages()).values()]
      .flat()
      .filter((message) => message.parts[0].kind === 'unsupported');
    expect(parked.length + unsupported.length).toBeGreaterThanOrEqual(1);
  });

  it('hostile text is stored as text: NUL, lone surrogates, markup, a million characters of nothing', async () => {
    const before = await stored();
    const texts = ['a\u0000b', 'x\ud800y', '<img src=x onerror=alert(1)>', `${'z'.repeat(60_000)}`];
    for (const [index, text] of texts.entries()) {
      const answer = await postWebhook(webhook, textsBody({ id: `wamid.hostile.${index}`, from: '34600000012', text }));
      expect(answer.status).toBe(200);
    }
    await eventually(stored, (count) => count === before + texts.length);
  });

  it.each([
    ['no key', '/v1/conversations', undefined, 'GET', 401],
    ['a wrong key', '/v1/conversations', 'Bearer wrong', 'GET', 401],
    ['an unknown path', '/v1/nothing', 'own', 'GET', 404],
    ['a wrong method', '/v1/conversations', 'own', 'DELETE', 405],
    ['a limit that is no number', '/v1/conversations?limit=many', 'own', 'GET', 400],
    ['a foreign cursor', '/v1/conversations?cursor=abc', 'own', 'GET', 400],
    ['an unknown filter', '/v1/conversations?colour=red', 'own', 'GET', 400],
  ])('API with %s', async (_, path, key, method, status) => {
    const authorization = key === 'own' ? `Bearer ${house.key}` : key;
    const answer = await callJson(`${house.apiUrl}${path}`, method, undefined, authorization ? { authorization } : {});
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('names every problem of a body, with pointers', async () => {
    const answer = await house.call('POST', '/v1/accounts', {
      channel: 'whatsapp',
      name: '',
      settings: { phoneNumberId: 5 },
      colour: 'red',
    });
    expect([400, 422]).toContain(answer.status);
    expect(answer.body.errors.length).toBeGreaterThan(1);
    for (const error of answer.body.errors) expect(error).toHaveProperty('pointer');
  });

  it('a private address in settings is refused where it is not allowed', async () => {
    const strict = await TestHouse.start('embedded', { PARLEY_ALLOW_PRIVATE_HOSTS: '0' });
    try {
      for (const apiBaseUrl of [
        'http://127.0.0.1:9',
        'http://localhost:9',
        'http://[::1]:9',
        'http://169.254.169.254',
        'http://0x7f.1',
        'http://10.0.0.1',
      ]) {
        const answer = await strict.call('POST', '/v1/accounts', {
          channel: 'whatsapp',
          name: 'x',
          settings: { ...graph.settings, apiBaseUrl },
        });
        expect({ apiBaseUrl, status: answer.status }).toEqual({ apiBaseUrl, status: 422 });
      }
    } finally {
      await strict.stop();
    }
  }, 120_000);

  it('garbage on the socket is answered with what is wrong, and harms nothing', async () => {
    const socket = new WebSocket(`${house.apiUrl.replace('http', 'ws')}/v1/realtime?key=${house.key}`);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const codes: string[] = [];
    socket.on('message', (data) => {
      const line = JSON.parse(String(data));
      if (line.type === 'error') codes.push(line.code);
    });
    socket.send('{"type":');
    socket.send(JSON.stringify({ type: 'subscribe', after: 'not a cursor' }));
    await eventually(
      async () => codes.length,
      (count) => count >= 2,
      5_000,
    );
    expect(codes).toEqual(['invalid-message', 'invalid-cursor']);
    expect((await house.call('GET', '/v1/conversations')).status).toBe(200);
    socket.close();
  });
});

import { FakeGraph, postWebhook, textsBody } from './support/fake-graph';
import { callJson, eventually, TestHouse } from './support/house';

describe('one merchant and another', () => {
  let house: TestHouse;
  let graph: FakeGraph;
  let otherKey: string;
  let account: any;

  beforeAll(async () => {
    graph = await new FakeGraph().start();
    house = await TestHouse.start('embedded');
    account = await house.createAccount('whatsapp', graph.settings);
    await postWebhook(
      `${house.ingestUrl}/channels/${account.id}/webhook`,
      textsBody({ id: 'wamid.a', from: '34600000009', text: 'Un secreto de la tienda A' }),
    );
    await eventually(
      () => house.ok('GET', '/v1/conversations'),
      (page: any) => page.data.length === 1,
    );
    const made = await callJson(
      `${house.apiUrl}/v1/merchants`,
      'POST',
      { name: 'B', language: 'de', region: 'EU' },
      { authorization: `Bearer ${house.operatorKey}` },
    );
    expect(made.status).toBe(201);
    otherKey = made.body.key?.key ?? made.body.key ?? made.body.apiKey;
    expect(typeof otherKey).toBe('string');
  }, 120_000);
  afterAll(async () => {
    await house?.stop();
    await graph?.stop();
  }, 60_000);

  const asOther = (method: string, path: string, body?: unknown) =>
    callJson(`${house.apiUrl}${path}`, method, body, { authorization: `Bearer ${otherKey}` });

  it('finds nothing of the other in any list or search', async () => {
    for (const path of ['/v1/conversations', '/v1/conversations?q=secreto', '/v1/accounts', '/v1/dead-letters']) {
      const { status, body } = await asOther('GET', path);
      expect({ path, status, data: body.data }).toEqual({ path, status: 200, data: [] });
    }
    const events = await callJson(`${house.apiUrl}/v1/events`, 'GET', undefined, {
      authorization: `Bearer ${otherKey}`,
      accept: 'application/x-ndjson',
    });
    expect(String(events.body)).not.toContain('secreto');
  });

  it('is told "not found" for every id of the other, whatever is asked of it', async () => {
    const [conversation] = (await house.ok('GET', '/v1/conversations')).data;
    const [message] = await house.messagesOf(conversation.id);
    const reply = { text: 'x', translate: false };
    const calls: [string, string, unknown?][] = [
      ['GET', `/v1/conversations/${conversation.id}`],
      ['GET', `/v1/conversations/${conversation.id}/messages`],
      ['PATCH', `/v1/conversations/${conversation.id}`, { state: 'closed' }],
      ['POST', `/v1/conversations/${conversation.id}/messages`, reply],
      ['POST', `/v1/conversations/${conversation.id}/messages/preview`, reply],
      ['POST', `/v1/conversations/${conversation.id}/owner`, { kind: 'none' }],
      ['GET', `/v1/messages/${message.id}`],
      ['GET', `/v1/messages/${message.id}/ledger`],
      ['POST', `/v1/messages/${message.id}/retry`, {}],
      ['POST', `/v1/messages/${message.id}/cancel`, {}],
      ['GET', `/v1/accounts/${account.id}`],
      ['PATCH', `/v1/accounts/${account.id}`, { name: 'mine' }],
      ['DELETE', `/v1/accounts/${account.id}`],
      ['POST', `/v1/accounts/${account.id}/check`, {}],
    ];
    for (const [method, path, body] of calls) {
      const answer = await asOther(method, path, body);
      expect({ call: `${method} ${path}`, status: answer.status }).toEqual({ call: `${method} ${path}`, status: 404 });
    }
    expect((await house.ok('GET', `/v1/conversations/${conversation.id}`)).state).toBe('open');
  });

  it('cannot tell an account of the other from one that never was', async () => {
    const start = (accountId: string) =>
      asOther('POST', '/v1/messages', { accountId, to: { address: '34600000009' }, text: 'x' });
    const [real, invented] = [await start(account.id), await start('acc_00000000000000000000000000')];
    expect(real.status).toBe(422);
    expect({ ...real.body, requestId: '' }).toEqual({ ...invented.body, requestId: '' });
  });

  it('may not make merchants with a key of its own', async () => {
    expect([401, 403]).toContain((await asOther('POST', '/v1/merchants', { name: 'C', language: 'fr' })).status);
  });
});

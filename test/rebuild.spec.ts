import { setTimeout as pause } from 'node:timers/promises';
import { VIEW_TOPICS } from '../apps/parley/operations/rebuild/stage';
import { type Tools, withTools } from '../apps/parley/operations/tools';
import { FakeGraph, postWebhook, statusBody, textsBody } from './support/fake-graph';
import { FakeTranslation } from './support/fake-translation';
import { eventually, type Mode, TestHouse, verbs } from './support/house';
import { describeWithKafka } from './support/kafka';

const BUYERS = ['34600000001', '34600000002', '34600000003', '34600000004'] as const;
const SENTENCES = [
  'Hola, ¿dónde está mi pedido AB-10234?',
  'Gracias por la respuesta',
  '¿Tienen la talla 42 en azul?',
  'Quiero devolverlo',
];

function promise(mode: Mode) {
  let graph: FakeGraph;
  let engine: FakeTranslation;
  let house: TestHouse;
  let webhook: string;
  let told: { conversations: any[]; messages: Map<string, any[]>; events: string };

  beforeAll(async () => {
    [graph, engine] = await Promise.all([new FakeGraph().start(), new FakeTranslation().start()]);
    house = await TestHouse.start(mode, engine.env);
    await story();
  }, 240_000);
  afterAll(async () => {
    await house?.stop();
    await Promise.all([graph?.stop(), engine?.stop()]);
  }, 60_000);

  /** At database and log themselves. */
  const beside = <T>(work: (tools: Tools) => Promise<T>) => withTools('test', house.settings, work);
  const rebuild = (...args: string[]) => house.command('rebuild', args);
  /** The view is to rest; what others append meanwhile waits. */
  const stop = () => house.kill(house.processOf('conversations'));

  /** Half an hour in a shop. */
  async function story(): Promise<void> {
    const { id: accountId } = await house.createAccount('whatsapp', graph.settings);
    webhook = `${house.ingestUrl}/channels/${accountId}/webhook`;
    const says = (index: number, from: string) =>
      postWebhook(
        webhook,
        textsBody({ id: `wamid.${from}.${index}`, from, text: SENTENCES[index % SENTENCES.length] as string }),
      );
    const about = async (from: string, message: Record<string, unknown>) => {
      const body = JSON.parse(textsBody({ id: `wamid.${from}.${Object.keys(message)[0]}`, from, text: 'x' }));
      const value = body.entry[0].changes[0].value;
      value.messages = [{ ...value.messages[0], text: undefined, ...message }];
      await postWebhook(webhook, JSON.stringify(body));
    };
    await Promise.all(BUYERS.map((from) => says(0, from)));
    const { data } = await eventually(
      () => house.ok('GET', '/v1/conversations'),
      (page: any) => page.data.length === BUYERS.length,
    );
    const ids: string[] = data.map((conversation: any) => conversation.id);
    const reply = (index: number, text: string, more = {}) =>
      house.ok('POST', `/v1/conversations/${ids[index]}/messages`, { text, translate: false, ...more });

    // Both sides write at once, so that the order in a thread is not that of the topics.
    await Promise.all(
      BUYERS.flatMap((from, index) => [
        says(1, from),
        reply(index, `Sale hoy, número ${index}.`),
        says(2, from),
        reply(index, '您的包裹今天发出。', { translate: true }),
        reply(index, 'Ask the warehouse first.', { note: true }),
        says(3, from),
        says(1, from),
      ]),
    );
    await eventually(
      async () => graph.sent.length,
      (count) => count === 2 * BUYERS.length,
    );
    // Receipts, one of them before and one behind another.
    for (const [index, { id, body }] of graph.sent.entries()) {
      for (const status of index % 2 === 0 ? ['delivered', 'read'] : ['read', 'sent'])
        await postWebhook(webhook, statusBody(id, status, body.to));
    }
    const [sent] = graph.sent;
    await about(sent?.body.to, { type: 'reaction', reaction: { message_id: sent?.id, emoji: '👍' } });
    await about(BUYERS[1], {
      context: { id: graph.sent.find(({ body }) => body.to === BUYERS[1])?.id },
      type: 'text',
      text: { body: '¿Y este?' },
    });
    // What waits for a message that never comes.
    await postWebhook(webhook, statusBody('wamid.sent.elsewhere', 'read', BUYERS[0]));
    graph.script.push((_body, response) => {
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: { code: 131026, message: 'Undeliverable' } }));
    });
    await reply(2, 'Esto no llega.');

    // People.
    await house.ok('PATCH', `/v1/conversations/${ids[0]}`, {
      assigneeId: 'agt_wei',
      tags: ['vip', 'talla'],
      priority: 'high',
      subject: 'Talla 42',
    });
    await house.ok('PATCH', `/v1/conversations/${ids[1]}`, { state: 'closed', read: true });
    await house.ok('PATCH', `/v1/conversations/${ids[2]}`, { language: 'pt-BR' });
    await house.ok('POST', `/v1/conversations/${ids[3]}/owner`, { kind: 'agent', agentId: 'agt_wei' });
    // One who writes again afterwards, under the name the channel has.
    const regular = data.find((conversation: any) => conversation.contact.name === 'Buyer 0004');
    await house.ok('PATCH', `/v1/contacts/${regular.contact.id}`, { name: 'Señora García', vip: true, tags: ['regular'] });
    await house.ok('POST', '/v1/messages', {
      accountId,
      to: { address: '34600000009', name: 'Nuevo', language: 'es' },
      template: { name: 'order_shipped', language: 'es', variables: {} },
    });
    await beside(({ eventLog }) => eventLog.append('inbound.message', [{ key: 'any', value: Buffer.from('not an entry') }]));
    await says(4, BUYERS[3]);
    await quiet();
    const { body } = await house.call('GET', '/v1/events?limit=1000', undefined, { accept: 'application/x-ndjson' });
    told = {
      conversations: (await house.ok('GET', '/v1/conversations?limit=100')).data,
      messages: await house.allMessages(),
      events: String(body),
    };
  }

  /** Everybody has read everything, and nothing happens any more. */
  async function quiet(): Promise<void> {
    await beside(async ({ database, eventLog }) => {
      let last = '';
      const stand = async () => {
        const lags = await Promise.all(verbs.map((verb) => eventLog.lag(`parley.${verb}`)));
        const { rows } = await database.query('*', 'SELECT sum(next_event) AS events FROM conversations.merchants');
        const extents = await Promise.all(VIEW_TOPICS.map((topic) => eventLog.extent(topic)));
        const now = [rows[0].events, ...extents.flat().map(({ next }) => next)].join();
        const isSame = now === last;
        last = now;
        await pause(300);
        return isSame ? lags.flatMap((lag) => Object.values(lag)).reduce((sum, count) => sum + count, 0) : -1;
      };
      await eventually(stand, (lag) => lag === 0, 60_000);
    });
  }

  if (mode === 'embedded')
    it('is not done while Parley works', async () => {
      expect(await rebuild()).toMatchObject({ code: 1, said: expect.stringContaining('is running on the data folder') });
    }, 60_000);

  it('gives the same rows, byte for byte', async () => {
    await stop();
    const { code, said } = await rebuild();
    console.log(said);
    expect({ code, said }).toMatchObject({ code: 0, said: expect.not.stringContaining('different') });
    const counts = Object.fromEntries(
      [...said.matchAll(/^(\w+) +(\d+) rows {2}the same$/gm)].map(([, table, rows]) => [table, Number(rows)]),
    );
    expect(counts).toMatchObject({
      contacts: BUYERS.length + 1,
      conversations: BUYERS.length + 1,
      messages: [...told.messages.values()].flat().length,
      message_external_ids: expect.any(Number),
      search_rows: expect.any(Number),
      dead_letters: expect.any(Number),
    });
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
  }, 90_000);

  it('finds what is wrong with a view, and mends it: nobody sees a difference afterwards', async () => {
    await beside(async ({ database }) => {
      await database.query('*', `DELETE FROM conversations.messages WHERE direction = 'inbound' AND sequence = 1`);
      await database.query('*', `UPDATE conversations.messages SET delivery = NULL WHERE direction = 'outbound' AND NOT note`);
      await database.query('*', `UPDATE conversations.conversations SET last_message = NULL, on_its_way = 7`);
      await database.query('*', 'TRUNCATE conversations.search_rows');
    });
    const found = await rebuild();
    expect(found).toMatchObject({ code: 1, said: expect.stringContaining('The views differ') });
    expect(found.said).toMatch(/messages .* 4? ?\d* ?missing|messages .*added/);
    expect(found.said).toMatch(/: delivery$/m);
    expect(await rebuild('--write')).toMatchObject({ code: 0, said: expect.stringContaining('The rebuilt view is in place') });
    expect(await rebuild()).toMatchObject({ code: 0, said: expect.not.stringContaining('different') });

    await house.startProcess(house.processOf('conversations'));
    expect((await house.ok('GET', '/v1/conversations?limit=100')).data).toEqual(told.conversations);
    expect(await house.allMessages()).toEqual(told.messages);
    const { body } = await house.call('GET', '/v1/events?limit=1000', undefined, { accept: 'application/x-ndjson' });
    expect(String(body).startsWith(told.events)).toBe(true);
    const search = await house.ok('GET', `/v1/conversations?q=${encodeURIComponent('talla azul')}`);
    expect(search.data).toHaveLength(BUYERS.length);

    // It goes on where it was.
    await postWebhook(webhook, textsBody({ id: 'wamid.after', from: BUYERS[0], text: '¿Sigue ahí?' }));
    const before = [...told.messages.values()].find((thread) => thread[0].externalId === `wamid.${BUYERS[0]}.0`) as any[];
    const after = await eventually(
      () => house.messagesOf(before[0].conversationId),
      (thread) => thread.length === before.length + 1,
    );
    expect(after.at(-1)).toMatchObject({ externalId: 'wamid.after', sequence: before.length + 1 });
  }, 120_000);

  if (mode === 'embedded')
    it('says so where the log has let go of its oldest entries', async () => {
      await stop();
      await beside(({ database }) =>
        database.query(
          '*',
          `DELETE FROM log.records WHERE "offset" = 0 AND partition_id IN (SELECT id FROM log.partitions WHERE topic = 'inbound.message')`,
        ),
      );
      const { code, said } = await rebuild('--write');
      expect({ code, said }).toMatchObject({ code: 1, said: expect.stringContaining('no longer holds everything') });
    }, 60_000);
}

describe('embedded', () => promise('embedded'));
describeWithKafka('distributed', () => promise('distributed'));

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withTools } from '../apps/parley/operations/tools';
import { FakeGraph, postWebhook, textsBody } from './support/fake-graph';
import { eventually, TestHouse } from './support/house';
import { describeWithKafka, startTestKafka, type TestKafka } from './support/kafka';
import { startTestDatabase, type TestDatabase } from './support/postgres';

const BUYERS = 20;
const CONNECTIONS = 16;

describeWithKafka('a shop that has outgrown the embedded log', () => {
  let folder: string;
  let graph: FakeGraph;
  let house: TestHouse;
  let moved: TestHouse;
  let kafka: TestKafka;
  let database: TestDatabase;
  let here: Record<string, string>;
  let there: Record<string, string>;
  let webhookPath: string;
  let told: any[];
  const acknowledged = new Set<string>();
  const replies: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-test-move-'));
    await chmod(folder, 0o755);
    here = { PARLEY_DATA_DIR: join(folder, 'data'), PARLEY_MEDIA_DIR: join(folder, 'media') };
    graph = await new FakeGraph().start();
    [house, kafka, database] = await Promise.all([TestHouse.start('embedded', here), startTestKafka(), startTestDatabase()]);
    // More partitions than before: every key may land elsewhere.
    there = { ...here, KAFKA_BROKERS: kafka.brokers.join(','), DATABASE_URL: database.url, PARLEY_LOG_PARTITIONS: '6' };
  }, 240_000);
  afterAll(async () => {
    await moved?.stop();
    await house?.stop();
    await database?.stop();
    await kafka?.stop();
    await graph?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 90_000);

  const text = (index: number) => ({
    id: `wamid.move.${index}`,
    from: `34600${String(index % BUYERS).padStart(6, '0')}`,
    text: `¿Dónde está mi pedido AB-${10_000 + index}?`,
  });

  it('is killed in the middle of its work, and refuses to move before that', async () => {
    const { id } = await house.createAccount('whatsapp', graph.settings);
    webhookPath = `/channels/${id}/webhook`;
    expect(await house.command('move-to-kafka', [], there)).toMatchObject({
      code: 1,
      said: expect.stringContaining('is running on the data folder'),
    });
    let next = 0;
    let stopped = false;
    const connection = async () => {
      while (!stopped) {
        const message = text(next++);
        const status = await postWebhook(`${house.ingestUrl}${webhookPath}`, textsBody(message)).then(
          (answer) => answer.status,
          () => 0,
        );
        if (status === 200) acknowledged.add(message.id);
      }
    };
    const writing = Promise.all(Array.from({ length: CONNECTIONS }, connection));
    await eventually(
      async () => acknowledged.size,
      (size) => size > 300,
    );
    const { data } = await house.ok('GET', '/v1/conversations?limit=5');
    for (const [index, { id: conversation }] of data.entries())
      replies.push(
        (await house.ok('POST', `/v1/conversations/${conversation}/messages`, { text: `Respuesta ${index}`, translate: false }))
          .id,
      );
    told = (await house.call('GET', '/v1/events?limit=100', undefined, { accept: 'application/x-ndjson' })).body
      .split('\n')
      .slice(0, 100);
    await house.kill('parley');
    stopped = true;
    await writing;
  }, 120_000);

  it('moves with one command: database, log and what nobody had handled yet', async () => {
    const behind = await withTools('test', here, async ({ eventLog }) => {
      const lags = await Promise.all(
        ['normalize', 'translate', 'conversations', 'deliver'].map((app) => eventLog.lag(`parley.${app}`)),
      );
      return lags.flatMap((lag) => Object.values(lag)).reduce((sum, count) => sum + count, 0);
    });
    const { code, said } = await house.command('move-to-kafka', [], there);
    console.log(`${behind} entries waited for somebody.\n${said}`);
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('From now on every process needs') });
    const again = await house.command('move-to-kafka', [], there);
    expect(again).toMatchObject({ code: 1, said: expect.stringContaining('moved already') });
  }, 120_000);

  it('goes on in Kafka: every acknowledged message once, in sequence, every reply sent once, the same cursors', async () => {
    moved = await TestHouse.start('embedded', there);
    const threads = await eventually(
      () => moved.allMessages(),
      (found) => {
        const all = [...found.values()].flat();
        const ids = new Set(all.map((message) => message.externalId));
        return (
          [...acknowledged].every((id) => ids.has(id)) &&
          replies.every((id) => all.some((message) => message.id === id && message.delivery.state !== 'accepted'))
        );
      },
      90_000,
    );
    const inbound = [...threads.values()].flat().filter((message) => message.direction === 'inbound');
    expect(new Set(inbound.map((message) => message.externalId)).size).toBe(inbound.length);
    for (const thread of threads.values()) {
      expect(thread.map((message) => message.sequence)).toEqual(thread.map((_, index) => index + 1));
    }
    await eventually(
      () => Promise.all(replies.map((id) => moved.ok('GET', `/v1/messages/${id}`))),
      (found) => found.every((message: any) => ['sent', 'uncertain'].includes(message.delivery.state)),
      90_000,
    );
    const sent = graph.texts();
    expect(new Set(sent).size).toBe(sent.length);
    const { body } = await moved.call('GET', '/v1/events?limit=100', undefined, { accept: 'application/x-ndjson' });
    expect(body.split('\n').slice(0, 100)).toEqual(told);

    const late = { id: 'wamid.after.move', from: text(0).from, text: 'Hola otra vez' };
    expect((await postWebhook(`${moved.ingestUrl}${webhookPath}`, textsBody(late))).status).toBe(200);
    await eventually(
      () => moved.ok('GET', '/v1/conversations'),
      (page: any) => page.data[0]?.lastMessage?.text === late.text,
    );
    // The topic of events holds them all, from the first on.
    await withTools('test', { ...moved.settings }, async ({ database: shop, eventLog }) => {
      const { rows } = await shop.query('*', 'SELECT sum(next_event - 1)::int AS events FROM conversations.merchants');
      await eventually(
        async () => (await eventLog.extent('parley.events')).reduce((sum, { next }) => sum + Number(next), 0),
        (count) => count >= rows[0].events,
        60_000,
      );
    });
  }, 240_000);
});

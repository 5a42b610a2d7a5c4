import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { FakeGraph, postWebhook, textsBody } from './support/fake-graph';
import { eventually, TestHouse } from './support/house';
import { describeWithKafka } from './support/kafka';

describeWithKafka('while a part is away', () => {
  let house: TestHouse;
  let graph: FakeGraph;
  let webhook: string;

  beforeAll(async () => {
    graph = await new FakeGraph().start();
    house = await TestHouse.start('distributed');
    const { id } = await house.createAccount('whatsapp', graph.settings);
    webhook = `${house.ingestUrl}/channels/${id}/webhook`;
    await postWebhook(webhook, textsBody({ id: 'wamid.before', from: '34600000020', text: 'Hola' }));
    await eventually(
      () => house.ok('GET', '/v1/conversations'),
      (page: any) => page.data.length === 1,
    );
  }, 180_000);
  afterAll(async () => {
    await house?.stop();
    await graph?.stop();
  }, 60_000);

  const texts = async () => [...(await house.allMessages()).values()].flat().map((message) => message.parts[0].text);
  const status = (text: string) =>
    postWebhook(webhook, textsBody({ id: `wamid.${text}`, from: '34600000020', text })).then(
      (answer) => answer.status,
      () => 0,
    );

  it('Kafka: the API goes on reading, says 503 to what it cannot keep, and all goes on afterwards', async () => {
    if (!house.kafka?.own) return;
    await house.kafka.kill();
    const [conversation] = (await house.ok('GET', '/v1/conversations')).data;
    expect(await texts()).toEqual(['Hola']);
    const refused = await house.call(
      'POST',
      `/v1/conversations/${conversation.id}/messages`,
      { text: 'x', translate: false },
      { 'idempotency-key': 'away' },
    );
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBeTruthy();
    expect(await status('unheard')).toBe(503);
    await house.kafka.start();
    await eventually(
      () => status('heard'),
      (code) => code === 200,
      60_000,
    );
    await eventually(texts, (found) => found.includes('heard'), 60_000);
    const sent = await eventually(
      () =>
        house.call(
          'POST',
          `/v1/conversations/${conversation.id}/messages`,
          { text: 'x', translate: false },
          { 'idempotency-key': 'away' },
        ),
      (answer) => answer.status === 202,
    );
    await eventually(
      () => house.ok('GET', `/v1/messages/${sent.body.id}`),
      (message: any) => message.delivery.state === 'sent',
      60_000,
    );
    expect(graph.texts().filter((text) => text === 'x')).toHaveLength(1);
  }, 200_000);

  it('PostgreSQL: webhooks are acknowledged all the same, and stored once it is back', async () => {
    const back = await sendAway(house.database?.url ?? '');
    const accepted = await Promise.all(['one', 'two', 'three'].map((text) => status(text)));
    expect(accepted).toEqual([200, 200, 200]);
    expect((await house.call('GET', '/v1/conversations')).status).toBe(503);
    await back();
    await eventually(texts, (found) => ['one', 'two', 'three'].every((text) => found.includes(text)), 90_000);
    const all = await texts();
    expect(new Set(all).size).toBe(all.length);
  }, 200_000);
});

/** A server that takes no new connection, with the old ones cut: away for everybody. @returns what brings it back. */
async function sendAway(url: string): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(`SELECT current_setting('data_directory') AS folder`);
  const pid = Number((await readFile(join(rows[0].folder, 'postmaster.pid'), 'utf8')).split('\n')[0]);
  process.kill(pid, 'SIGSTOP');
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IS NOT NULL AND pid <> pg_backend_pid()',
  );
  return async () => {
    process.kill(pid, 'SIGCONT');
    await client.end();
  };
}

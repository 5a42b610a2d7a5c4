import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Tools, withTools } from '../apps/parley/operations/tools';
import { FakeGraph, postWebhook, textsBody } from './support/fake-graph';
import { eventually, TestHouse } from './support/house';

let folder: string;
let graph: FakeGraph;
let house: TestHouse;
let settings: Record<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-test-letters-'));
  await chmod(folder, 0o755);
  settings = { PARLEY_DATA_DIR: join(folder, 'data') };
  graph = await new FakeGraph().start();
  house = await TestHouse.start('embedded', settings);
}, 180_000);
afterAll(async () => {
  await house?.stop();
  await graph?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** At the log itself, beside the running house. */
const beside = <T>(work: (tools: Tools) => Promise<T>) => withTools('test', settings, work);
const letters = async (...args: string[]) => {
  const { code, said } = await house.command('dead-letters', args);
  if (code !== 0) throw new Error(said);
  return said;
};
const idsIn = (said: string): string[] => said.match(/\bded_\w+/g) ?? [];

it('shows what nobody could read, also where it does not tell whose it is, and brings it back once mended', async () => {
  const { id: accountId } = await house.createAccount('whatsapp', graph.settings);
  const url = `${house.ingestUrl}/channels/${accountId}/webhook`;
  await postWebhook(url, textsBody({ id: 'wamid.letter.1', from: '34600000001', text: 'Hola' }));
  await eventually(
    () => house.allMessages(),
    (messages) => messages.size === 1,
  );
  expect(await letters()).toContain('There are none');

  await beside(({ eventLog }) => eventLog.append('inbound.message', [{ key: 'any', value: Buffer.from('not an entry') }]));
  // Each app that reads the topic gave it up for itself.
  const given = await eventually(
    async () => idsIn(await letters('list')),
    (ids) => ids.length === 2,
  );
  const id = given[0] as string;
  const shown = JSON.parse(await letters('show', id));
  expect(shown).toMatchObject({ id, topic: 'inbound.message', app: expect.any(String), merchantId: null, entry: null });
  expect(Buffer.from(shown.value, 'base64').toString()).toBe('not an entry');

  // Given back as it was it is given up again, by each of them.
  expect(await letters('replay', id)).toContain('was appended to inbound.message again');
  const again = await eventually(
    async () => idsIn(await letters('list')).filter((other) => !given.includes(other)),
    (ids) => ids.length === 2,
  );
  expect(idsIn(await letters('list')).sort()).toEqual([given[1] as string, ...again].sort());
  expect(idsIn(await letters('list', '--all')).sort()).toEqual([...given, ...again].sort());

  // Mended here by hand, where a new version would read it now.
  await beside(async ({ database }) => {
    const { rows } = await database.query(
      '*',
      `SELECT r.value FROM log.records r JOIN log.partitions p ON p.id = r.partition_id WHERE p.topic = 'inbound.message' ORDER BY appended_at LIMIT 1`,
    );
    const entry = JSON.parse(rows[0].value.toString());
    const mended = {
      ...entry,
      messageId: 'msg_mended',
      externalId: 'wamid.letter.2',
      parts: [{ kind: 'text', text: 'Sigo aquí' }],
    };
    await database.query('*', 'UPDATE conversations.dead_letters SET key = $2, value = $3 WHERE id = $1', [
      again[0],
      entry.conversationId,
      Buffer.from(JSON.stringify(mended)),
    ]);
  });
  await letters('replay', again[0] as string);
  const threads = await eventually(
    () => house.allMessages(),
    (messages) => [...messages.values()].flat().length === 2,
  );
  expect([...threads.values()].flat().map((message) => message.parts[0].text)).toEqual(['Hola', 'Sigo aquí']);
}, 120_000);

it('says what it was called wrongly with', async () => {
  expect(await house.command('dead-letters', ['show', 'ded_none'])).toMatchObject({
    code: 1,
    said: 'There is no dead letter ded_none.\n',
  });
  expect(await house.command('dead-letters', ['burn'])).toMatchObject({
    code: 2,
    said: expect.stringContaining('Usage: npm run dead-letters'),
  });
  expect(await house.command('dead-letters', ['list', '--colour'])).toMatchObject({ code: 2 });
}, 60_000);

import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeGraph, postWebhook, textsBody } from './support/fake-graph';
import { eventually, TestHouse } from './support/house';

const BUYERS = 12;
const BEFORE = 300;
const CONNECTIONS = 8;
/** Nobody gives a key: it is made in the data folder, and goes with the backup. */
const KEPT_KEY = { PARLEY_SECRET_KEY: '' };

let graph: FakeGraph;
let house: TestHouse;
let folder: string;
let file: string;
let accountId: string;
let image: { id: string; bytes: Buffer };
let reply: any;
const acknowledged = new Set<string>();
let before: ReadonlySet<string>;
let events: any[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-test-backup-'));
  await chmod(folder, 0o755);
  file = join(folder, 'parley.tar.gz');
  graph = await new FakeGraph().start();
  house = await TestHouse.start('embedded', KEPT_KEY);
  accountId = (await house.createAccount('whatsapp', graph.settings)).id;
}, 180_000);
afterAll(async () => {
  await house?.stop();
  await graph?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const text = (index: number) => ({
  id: `wamid.backup.${index}`,
  from: `34600${String(index % BUYERS).padStart(6, '0')}`,
  text: `¿Dónde está mi pedido AB-${10_000 + index}?`,
});

/** Buyers write without a pause until told to stop. */
function buyers(): { stop(): Promise<void> } {
  let next = 0;
  let stopped = false;
  const connection = async () => {
    while (!stopped) {
      const message = text(next++);
      const { status } = await postWebhook(`${house.ingestUrl}/channels/${accountId}/webhook`, textsBody(message));
      if (status === 200) acknowledged.add(message.id);
    }
  };
  const all = Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return {
    stop: async () => {
      stopped = true;
      await all;
    },
  };
}

const settingsOf = (name: string) => ({
  PARLEY_DATA_DIR: join(folder, name),
  PARLEY_MEDIA_DIR: join(folder, name, 'media'),
});

async function allEvents(of: TestHouse): Promise<any[]> {
  const { body } = await of.call('GET', '/v1/events?limit=1000', undefined, { accept: 'application/x-ndjson' });
  return String(body)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

describe('a backup made while buyers write', () => {
  it('is made with one command, and disturbs nobody', async () => {
    // A picture, as uploaded for a reply.
    const bytes = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), createHash('sha256').update('a picture').digest()]);
    const form = new FormData();
    form.append('file', new Blob([bytes], { type: 'image/png' }), 'size chart.png');
    const uploaded = await fetch(`${house.apiUrl}/v1/media`, {
      method: 'POST',
      headers: { authorization: `Bearer ${house.key}`, 'idempotency-key': 'picture' },
      body: form,
    });
    expect(uploaded.status).toBe(201);
    image = { id: ((await uploaded.json()) as { id: string }).id, bytes };

    const writing = buyers();
    await eventually(
      async () => acknowledged.size,
      (size) => size >= BEFORE,
      60_000,
    );
    const page = await eventually(
      () => house.ok('GET', '/v1/conversations'),
      (found: any) => found.data.length > 0,
    );
    reply = await house.ok('POST', `/v1/conversations/${page.data[0].id}/messages`, { text: 'Sale hoy.', translate: false });
    await eventually(
      () => house.ok('GET', `/v1/messages/${reply.id}`),
      (message: any) => message.delivery.state === 'sent',
    );
    before = new Set(acknowledged);
    events = await allEvents(house);
    const { code, said } = await house.command('backup', [file], KEPT_KEY);
    expect({ code, said }).toMatchObject({ code: 0 });
    const during = acknowledged.size - before.size;
    await writing.stop();
    console.log(`${said.trim()} Meanwhile ${during} messages were taken.`);
    expect(during).toBeGreaterThan(0);
  }, 180_000);

  it('is readable by its owner alone, whole or not there, and never written over', async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['parley.tar.gz']);
    const again = await house.command('backup', [file], KEPT_KEY);
    expect(again).toMatchObject({ code: 1, said: expect.stringContaining('is there already') });
  }, 60_000);

  it('is not restored where a Parley is, or from a file that is not whole', async () => {
    const refused = await house.command('restore', [file], KEPT_KEY);
    expect(refused).toMatchObject({ code: 1, said: expect.stringContaining('There is a Parley in') });
    const running = await house.command('restore', [file, '--replace'], KEPT_KEY);
    expect(running).toMatchObject({ code: 1, said: expect.stringContaining('is running on the data folder') });
    expect((await house.call('GET', '/readyz')).status).toBe(200);

    const broken = join(folder, 'broken.tar.gz');
    await copyFile(file, broken);
    await truncate(broken, (await stat(broken)).size - 1_000);
    const into = { ...KEPT_KEY, ...settingsOf('never') };
    expect(await house.command('restore', [broken], into)).toMatchObject({ code: 1, said: expect.stringContaining('damaged') });
    const bytes = await readFile(file);
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] as number) ^ 1;
    await writeFile(broken, bytes);
    expect(await house.command('restore', [broken], into)).toMatchObject({ code: 1, said: expect.stringContaining('damaged') });
    const otherKey = { ...into, PARLEY_SECRET_KEY: 'another secret key, sixteen and more' };
    expect(await house.command('restore', [file], otherKey)).toMatchObject({
      code: 1,
      said: expect.stringContaining('not the key'),
    });
    expect(await readdir(folder)).not.toContain('never');
    await rm(broken);
  }, 90_000);
});

describe('the house restored from it', () => {
  let restored: TestHouse;
  const settings = () => ({ ...KEPT_KEY, ...settingsOf('restored') });

  beforeAll(async () => {
    const { code, said } = await house.command('restore', [file], settings());
    expect({ code, said }).toMatchObject({ code: 0 });
    console.log(said.trim());
    restored = await TestHouse.start('embedded', settings());
  }, 120_000);
  afterAll(() => restored?.stop(), 60_000);

  it('has every message that was acknowledged before, each once, in gap-free sequences', async () => {
    const threads = await eventually(
      () => restored.allMessages(),
      (found) => {
        const ids = new Set([...found.values()].flat().map((message) => message.externalId));
        return [...before].every((id) => ids.has(id));
      },
    );
    const messages = [...threads.values()].flat();
    const inbound = messages.filter((message) => message.direction === 'inbound');
    expect(new Set(inbound.map((message) => message.externalId)).size).toBe(inbound.length);
    expect(inbound.every((message) => acknowledged.has(message.externalId))).toBe(true);
    for (const thread of threads.values())
      expect(thread.map((message) => message.sequence)).toEqual(thread.map((_, index) => index + 1));
    // The ends of replies are in it as well: nothing leaves a second time.
    expect(messages.find((message) => message.id === reply.id).delivery.state).toBe('sent');
    expect(graph.texts().filter((sent) => sent === 'Sale hoy.')).toHaveLength(1);
  }, 90_000);

  it('has the same event stream, under the same cursors', async () => {
    expect((await allEvents(restored)).slice(0, events.length)).toEqual(events);
  }, 60_000);

  it('opens what was sealed, gives the files back and goes on working', async () => {
    const answer = await fetch(`${restored.apiUrl}/v1/media/${image.id}`, {
      headers: { authorization: `Bearer ${restored.key}` },
    });
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(image.bytes);
    // The webhook's signature is checked with a sealed secret, and the reply leaves with a sealed token.
    const late = { id: 'wamid.after.restore', from: '34600000001', text: 'Hola otra vez' };
    const { status } = await postWebhook(`${restored.ingestUrl}/channels/${accountId}/webhook`, textsBody(late));
    expect(status).toBe(200);
    const found = await eventually(
      () => restored.ok('GET', '/v1/conversations'),
      (page: any) => page.data[0]?.lastMessage?.text === late.text,
    );
    const again = await restored.ok('POST', `/v1/conversations/${found.data[0].id}/messages`, {
      text: 'Aquí estamos.',
      translate: false,
    });
    await eventually(
      () => restored.ok('GET', `/v1/messages/${again.id}`),
      (message: any) => message.delivery.state === 'sent',
    );
  }, 90_000);

  it('puts aside what it is told to replace', async () => {
    await restored.stop();
    const { code, said } = await house.command('restore', [file, '--replace'], settings());
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('before-restore-') });
    const aside = (await readdir(join(folder, 'restored'))).find((name) => name.startsWith('before-restore-')) ?? '';
    expect((await readdir(join(folder, 'restored', aside))).sort()).toEqual(
      expect.arrayContaining(['postgres', 'postgres.password', 'secret.key']),
    );
    restored = await TestHouse.start('embedded', settings());
    expect((await restored.allMessages()).size).toBe(BUYERS);
  }, 120_000);
});

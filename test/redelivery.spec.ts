import { setTimeout as pause } from 'node:timers/promises';
import { FakeGraph, postWebhook, type Text, textsBody } from './support/fake-graph';
import { eventually, type Mode, TestHouse } from './support/house';
import { describeWithKafka } from './support/kafka';

const CALLS = 1_000;
const DUPLICATES = 0.3;
const BUYERS = 40;
const CONNECTIONS = 20;
const KILLS_AT = [200, 450, 700];

/** The same every time, so that a failure can be looked at again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** 1,000 calls of which 30 % repeat an earlier one, in random order. */
function deliveries(seed: number): Text[] {
  const next = random(seed);
  const distinct = Array.from({ length: CALLS * (1 - DUPLICATES) }, (_, index) => ({
    id: `wamid.redelivery.${index}`,
    from: `34600${String(index % BUYERS).padStart(6, '0')}`,
    text: `¿Dónde está mi pedido AB-${10_000 + index}?`,
    timestamp: 1_790_000_000 + index,
  }));
  const repeats = Array.from({ length: CALLS * DUPLICATES }, () => distinct[Math.floor(next() * distinct.length)] as Text);
  return [...distinct, ...repeats]
    .map((text) => ({ text, order: next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ text }) => text);
}

function promise(mode: Mode) {
  let house: TestHouse;
  let graph: FakeGraph;

  beforeAll(async () => {
    graph = await new FakeGraph().start();
    house = await TestHouse.start(mode);
  }, 180_000);
  afterAll(async () => {
    await house?.stop();
    await graph?.stop();
  }, 60_000);

  it('stores every acknowledged message once, in a gap-free sequence, through three kill -9', async () => {
    const { id } = await house.createAccount('whatsapp', graph.settings);
    const url = `${house.ingestUrl}/channels/${id}/webhook`;
    const calls = deliveries(20_261_125);
    const acknowledged = new Set<string>();
    let begun = 0;
    let next = 0;
    // A channel repeats what was not acknowledged, as long as it takes.
    const deliver = async (text: Text) => {
      for (let tries = 0; tries < 200; tries++) {
        const status = await postWebhook(url, textsBody(text)).then(
          (answer) => answer.status,
          () => 0,
        );
        if (status === 200) {
          acknowledged.add(text.id);
          return;
        }
        await pause(50 + 10 * tries);
      }
      throw new Error(`${text.id} was never acknowledged`);
    };
    const connection = async () => {
      while (next < calls.length) {
        begun += 1;
        await deliver(calls[next++] as Text);
      }
    };
    // Each time another one in the middle of its work: who takes in, who understands, who stores.
    const victims = [house.processOf('ingest'), house.processOf('normalize'), house.processOf('conversations')];
    const killer = async () => {
      for (const [index, at] of KILLS_AT.entries()) {
        while (begun < at) await pause(5);
        await house.restart(victims[index] as (typeof victims)[number]);
      }
    };
    await Promise.all([killer(), ...Array.from({ length: CONNECTIONS }, connection)]);
    expect(acknowledged.size).toBe(CALLS * (1 - DUPLICATES));

    const stored = await eventually(
      () => house.allMessages(),
      (messages) => [...messages.values()].flat().length >= acknowledged.size,
      120_000,
    );
    const messages = [...stored.values()].flat();
    expect(messages).toHaveLength(acknowledged.size);
    expect(new Set(messages.map((message) => message.externalId))).toEqual(acknowledged);
    expect(stored.size).toBe(BUYERS);
    for (const thread of stored.values())
      expect(thread.map((message) => message.sequence)).toEqual(thread.map((_, index) => index + 1));

    const events = await receivedEvents(house);
    expect(events.map((event) => event.data.message.id).sort()).toEqual(messages.map((message) => message.id).sort());
  }, 300_000);

  it('tells in the ledger how often a message came: once in the thread, once in the events', async () => {
    const { id } = await house.createAccount('whatsapp', graph.settings, 'Repeats');
    const call = textsBody({ id: 'wamid.thrice', from: '34611222333', text: '¿Sigue disponible?' });
    for (let times = 0; times < 3; times++)
      expect((await postWebhook(`${house.ingestUrl}/channels/${id}/webhook`, call)).status).toBe(200);
    const page = await eventually(
      () => house.ok('GET', `/v1/conversations?accountId=${id}`),
      (found: any) => found.data.length === 1,
    );
    const messageId = page.data[0].lastMessage.id;
    const ledger = await eventually(
      () => house.ok('GET', `/v1/messages/${messageId}/ledger`),
      (found: any) => found.seen >= 3,
    );
    expect(ledger).toMatchObject({ seen: 3, direction: 'inbound', externalId: 'wamid.thrice', attempts: [], receipts: [] });
    expect(await house.messagesOf(page.data[0].id)).toHaveLength(1);
    const events = await receivedEvents(house);
    expect(events.filter((event) => event.data.message.id === messageId)).toHaveLength(1);
  }, 60_000);
}

/** Every message.received of the stream, by its pages. */
async function receivedEvents(house: TestHouse): Promise<any[]> {
  const events: any[] = [];
  for (let after = ''; ; ) {
    const path = `/v1/events?types=parley.message.received.v1&limit=500${after ? `&after=${after}` : ''}`;
    const { body } = await house.call('GET', path, undefined, { accept: 'application/x-ndjson' });
    const lines = String(typeof body === 'string' ? body : JSON.stringify(body))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    if (lines.length === 0) return events;
    events.push(...lines.map((line) => line.event));
    after = lines.at(-1).cursor;
  }
}

describe('embedded', () => promise('embedded'));
describeWithKafka('distributed', () => promise('distributed'));

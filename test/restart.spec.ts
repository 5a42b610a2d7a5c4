import { setTimeout as pause } from 'node:timers/promises';
import { FakeGraph, postWebhook, textsBody } from './support/fake-graph';
import { eventually, type Mode, TestHouse } from './support/house';
import { describeWithKafka } from './support/kafka';

const ENDS = ['sent', 'delivered', 'read', 'failed', 'held', 'uncertain'];

function promise(mode: Mode) {
  let house: TestHouse;
  let graph: FakeGraph;
  let conversations: string[];

  beforeAll(async () => {
    graph = await new FakeGraph().start();
    house = await TestHouse.start(mode);
    const { id } = await house.createAccount('whatsapp', graph.settings);
    const buyers = ['34600000001', '34600000002', '34600000003'];
    for (const from of buyers)
      await postWebhook(
        `${house.ingestUrl}/channels/${id}/webhook`,
        textsBody({ id: `wamid.${from}`, from, text: 'Hola, buenos días' }),
      );
    const page = await eventually(
      () => house.ok('GET', '/v1/conversations'),
      (found: any) => found.data.length === buyers.length,
    );
    conversations = page.data.map((conversation: any) => conversation.id);
  }, 180_000);
  afterAll(async () => {
    await house?.stop();
    await graph?.stop();
  }, 60_000);

  const say = (index: number, text: string) =>
    house.ok('POST', `/v1/conversations/${conversations[index]}/messages`, { text, translate: false });
  const ended = (ids: readonly string[]) =>
    eventually(
      () => Promise.all(ids.map((id) => house.ok('GET', `/v1/messages/${id}`))),
      (messages) => messages.every((message) => ENDS.includes(message.delivery.state)),
      90_000,
    );

  it('killed between the channel taking a message and knowing it: never sent a second time', async () => {
    graph.script.push((body, _response, _accept) => {
      // Taken, and no answer: the process is killed while it waits.
      graph.sent.push({ id: 'wamid.taken.unheard', body, at: Date.now() });
    });
    const before = graph.attempts;
    const reply = await say(0, 'Su paquete sale hoy.');
    await eventually(
      async () => graph.attempts,
      (attempts) => attempts > before,
    );
    await house.restart(house.processOf('deliver'));
    const [message] = await ended([reply.id]);
    expect(message.delivery.state).toBe('uncertain');
    expect(graph.texts().filter((text) => text === 'Su paquete sale hoy.')).toHaveLength(1);
  }, 150_000);

  it("killed in the middle of many sends: each ends once, in its conversation's order, none twice", async () => {
    const ids: string[] = [];
    const texts: string[][] = [[], [], []];
    graph.script.push(
      ...Array.from({ length: 200 }, () => (_body: any, _response: any, accept: () => void) => void pause(40).then(accept)),
    );
    for (let index = 0; index < 60; index++) {
      const text = `Respuesta número ${index}`;
      texts[index % 3]?.push(text);
      ids.push((await say(index % 3, text)).id);
      if (index === 20 || index === 40) {
        await house.kill(house.processOf('deliver'));
        await house.startProcess(house.processOf('deliver'));
      }
    }
    const messages = await ended(ids);
    graph.script.length = 0;
    const sent = graph.texts().filter((text) => text.startsWith('Respuesta'));
    expect(new Set(sent).size).toBe(sent.length);
    const uncertain = messages.filter((message) => message.delivery.state === 'uncertain');
    // Only what was on the line at the moment of a kill may be in doubt: one message of each conversation, twice.
    expect(uncertain.length).toBeLessThanOrEqual(6);
    expect(messages.filter((message) => message.delivery.state === 'sent').length + uncertain.length).toBe(ids.length);
    for (const expected of texts) {
      const heard = sent.filter((text) => expected.includes(text));
      expect(heard).toEqual(expected.filter((text) => heard.includes(text)));
    }
  }, 240_000);

  it("a message in doubt is a person's decision: sent again only when told to", async () => {
    const page = await house.messagesOf(conversations[0] as string);
    const doubtful = page.find((message) => message.delivery?.state === 'uncertain');
    const before = graph.sent.length;
    await house.ok('POST', `/v1/messages/${doubtful.id}/retry`, {});
    const [message] = await ended([doubtful.id]);
    expect(message.delivery).toMatchObject({ state: 'sent', attempt: 2 });
    expect(graph.sent.length).toBe(before + 1);
  }, 120_000);
}

describe('embedded', () => promise('embedded'));
describeWithKafka('distributed', () => promise('distributed'));

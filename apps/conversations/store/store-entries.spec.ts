import type { Message } from '@parley/model';
import {
  applyDelivery,
  attachOutbound,
  attachTranslations,
  findByExternalId,
  getConversation,
  getMessage,
  listMessages,
  settleEchoes,
  storeInbound,
  storeOutbound,
  timesSeen,
} from '.';
import {
  ACCOUNT,
  at,
  echo,
  edit,
  held,
  idOf,
  message,
  reaction,
  ready,
  recall,
  receipt,
  reply,
  replyIdOf,
  SHOP,
  state,
  thread,
  translated,
} from './testing/fixtures';
import { startStore, type TestStore } from './testing/store-database';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
}, 60_000);
afterAll(() => store?.stop());
beforeEach(() => store.empty());

const conversation = (buyer: string) => store.read((client) => getConversation(client, SHOP, thread(buyer)));
const messages = async (buyer: string): Promise<Message[]> =>
  (await store.read((client) => listMessages(client, SHOP, thread(buyer), { limit: 100 }))).data;
const stored = (id: string) => store.read((client) => getMessage(client, SHOP, id));
const eventTypes = async () => (await store.events()).map((row) => row.type.replace(/^parley\.|\.v1$/g, ''));
const waiting = () => store.rows('SELECT kind, target FROM conversations.early ORDER BY kind, target');

describe('messages of a buyer', () => {
  it('open the conversation, introduce the buyer and are numbered without a gap', async () => {
    await store.write((tx) =>
      storeInbound(tx, [
        message('ana', 'w1', '¿Cuánto tarda el envío?'),
        message('ben', 'w2', 'Hello'),
        message('ana', 'w3', '¿Hola?', { minute: 1 }),
      ]),
    );
    expect((await messages('ana')).map((each) => [each.sequence, each.externalId])).toEqual([
      [1, 'w1'],
      [2, 'w3'],
    ]);
    expect(await conversation('ana')).toMatchObject({
      state: 'open',
      unreadCount: 2,
      contact: { name: 'ana', country: 'MX' },
      lastMessage: { text: '¿Hola?', sequence: 2, direction: 'inbound', translatedText: null },
      replyWindow: { openUntil: at(24 * 60 + 1) },
    });
    expect(await eventTypes()).toEqual([
      'contact.created',
      'conversation.opened',
      'message.received',
      'contact.created',
      'conversation.opened',
      'message.received',
      'message.received',
    ]);
  });

  it('come twice, in one batch and in two, and are there once', async () => {
    const entries = [message('ana', 'w1', 'one'), message('ana', 'w2', 'two')];
    await store.write((tx) => storeInbound(tx, [...entries, ...entries]));
    const before = await store.events();
    await store.write((tx) => storeInbound(tx, entries));
    expect(await messages('ana')).toHaveLength(2);
    expect(await conversation('ana')).toMatchObject({ unreadCount: 2 });
    expect(await store.events()).toEqual(before);
    expect(await store.read((client) => timesSeen(client, SHOP, idOf('w1')))).toBe(3);
  });

  it('hold what Postgres cannot, and do not take their neighbours down', async () => {
    const sick = message('ana', 'w\0x', 'a\0b \ud800 c', {
      subject: '\udc00',
      attributes: { 'k\0': ['\ud800', 1e308, Number.MAX_SAFE_INTEGER], deep: nested(500) },
      sentAt: 'yesterday',
    });
    await store.write((tx) =>
      storeInbound(tx, [message('ana', 'w1', 'one'), sick, message('ana', 'w'.repeat(9_000), 'long id')]),
    );
    expect((await messages('ana')).map((each) => each.parts[0])).toEqual([
      { kind: 'text', text: 'one' },
      { kind: 'text', text: 'ab \ufffd c' },
      { kind: 'text', text: 'long id' },
    ]);
  });

  it('say which message they answer, also before that one is known', async () => {
    await store.write((tx) =>
      storeInbound(tx, [
        message('ana', 'w2', 'this one', { replyToExternalId: 'w1' }),
        message('ana', 'w3', 'yours', { replyToExternalId: 'x1' }),
      ]),
    );
    expect(await waiting()).toHaveLength(2);
    await store.write((tx) => storeInbound(tx, [message('ana', 'w1', 'first')]));
    await store.write((tx) => storeOutbound(tx, [reply('ana', 'k1', '好')]));
    await store.write((tx) => applyDelivery(tx, [state('ana', 'k1', 'sent', { externalIds: ['x1'] })]));
    expect(await stored(idOf('w2'))).toMatchObject({ replyTo: idOf('w1') });
    expect(await stored(idOf('w3'))).toMatchObject({ replyTo: replyIdOf('ana', 'k1') });
    expect(await waiting()).toEqual([]);
  });

  it('open again what was closed, renew the window only when newer, and leave a later name alone', async () => {
    await store.write((tx) => storeInbound(tx, [message('ana', 'w2', 'later', { minute: 10 })]));
    await store.write((tx) => tx.client.query(`UPDATE conversations.conversations SET state = 'closed', unread_count = 0`));
    const older = message('ana', 'w1', 'earlier', { minute: 1 });
    await store.write((tx) => storeInbound(tx, [{ ...older, contact: { ...older.contact, name: 'Old name' } }]));
    expect(await conversation('ana')).toMatchObject({
      state: 'open',
      unreadCount: 1,
      contact: { name: 'ana' },
      replyWindow: { openUntil: at(24 * 60 + 10) },
    });
    expect((await eventTypes()).slice(-2)).toEqual(['message.received', 'conversation.changed']);
  });
});

describe('what is found out about a message', () => {
  it('is attached with its translation, and tells the conversation its language', async () => {
    await store.write((tx) => storeInbound(tx, [message('ana', 'w1', 'Hola')]));
    await store.write((tx) => attachTranslations(tx, [translated('ana', 'w1', '你好')]));
    expect(await stored(idOf('w1'))).toMatchObject({
      language: 'es',
      translationStatus: 'done',
      translations: [{ language: 'zh-CN' }],
    });
    expect(await conversation('ana')).toMatchObject({ language: 'es', lastMessage: { text: 'Hola', translatedText: '你好' } });
    expect((await eventTypes()).slice(-2)).toEqual(['message.translated', 'conversation.changed']);
    const before = await store.events();
    await store.write((tx) => attachTranslations(tx, [translated('ana', 'w1', '你好', { at: at(9) })]));
    expect(await store.events()).toEqual(before);
  });

  it('waits for its message', async () => {
    await store.write((tx) => attachTranslations(tx, [translated('ana', 'w1', '你好')]));
    expect(await waiting()).toEqual([{ kind: 'translated', target: `message:${idOf('w1')}` }]);
    await store.write((tx) => storeInbound(tx, [message('ana', 'w1', 'Hola')]));
    expect(await stored(idOf('w1'))).toMatchObject({ translationStatus: 'done' });
    expect(await waiting()).toEqual([]);
  });

  it('leaves a language that a person decided', async () => {
    await store.write((tx) => storeInbound(tx, [message('ana', 'w1', 'Hola')]));
    await store.write((tx) => tx.client.query(`UPDATE conversations.conversations SET language = 'pt', language_fixed = true`));
    await store.write((tx) => attachTranslations(tx, [translated('ana', 'w1', '你好')]));
    expect(await conversation('ana')).toMatchObject({ language: 'pt' });
  });

  it('keeps reactions, edits and a recall beside what was said', async () => {
    await store.write((tx) =>
      storeInbound(tx, [
        reaction('ana', 'w1', '👍', 2),
        edit('ana', 'w1', 'Adiós', 3),
        recall('ana', 'w1', 4),
        message('ana', 'w1', 'Hola'),
        reaction('ana', 'w1', null, 5),
      ]),
    );
    expect(await stored(idOf('w1'))).toMatchObject({
      parts: [{ text: 'Hola' }],
      reactions: [{ emoji: '👍' }, { emoji: null }],
      edits: [{ parts: [{ text: 'Adiós' }] }],
      recalledAt: at(4),
    });
    expect(await eventTypes()).toEqual(
      expect.arrayContaining(['message.reacted', 'message.edited', 'message.recalled', 'message.reacted']),
    );
  });
});

describe('a reply', () => {
  const text = '今天发货';
  beforeEach(() => store.write((tx) => storeInbound(tx, [message('ana', 'w1', '¿Cuándo?')])));

  it('goes from accepted to read, each step told once', async () => {
    const entry = reply('ana', 'k1', text);
    const [answer] = await store.write((tx) => storeOutbound(tx, [entry]));
    expect(answer).toMatchObject({ sequence: 2, delivery: { state: 'accepted' }, translationStatus: 'pending' });
    expect(await store.write((tx) => storeOutbound(tx, [entry]))).toEqual([answer]);
    await store.write((tx) => attachOutbound(tx, [ready(entry, 'Sale hoy')]));
    await store.write((tx) => applyDelivery(tx, [state('ana', 'k1', 'queued'), state('ana', 'k1', 'sending')]));
    await store.write((tx) => applyDelivery(tx, [state('ana', 'k1', 'sent', { externalIds: ['x1', 'x2'] })]));
    await store.write((tx) => applyDelivery(tx, [receipt('x2', 'read'), receipt('x1', 'delivered', { minute: 9 })]));
    expect(await stored(entry.messageId)).toMatchObject({
      externalId: 'x1',
      translations: [{ language: 'es' }],
      translationStatus: 'done',
      delivery: { state: 'read', history: expect.arrayContaining([expect.objectContaining({ state: 'delivered' })]) },
    });
    expect(await conversation('ana')).toMatchObject({ lastMessage: { text, deliveryState: 'read' } });
    expect((await eventTypes()).slice(3)).toEqual([
      'message.accepted',
      'message.translated',
      'delivery.changed',
      'delivery.changed',
      'delivery.changed',
      'delivery.changed',
      'delivery.changed',
    ]);
    expect(await store.read((client) => findByExternalId(client, SHOP, ACCOUNT, 'x2'))).toMatchObject({ id: entry.messageId });
    expect(await store.rows('SELECT on_its_way FROM conversations.conversations')).toEqual([{ on_its_way: 0 }]);
  });

  it('is held with its reason and the candidate, and leaves by its next attempt', async () => {
    const entry = reply('ana', 'k1', text);
    await store.write((tx) => storeOutbound(tx, [entry]));
    await store.write((tx) => attachOutbound(tx, [held(entry, 'Sale')]));
    expect(await stored(entry.messageId)).toMatchObject({
      delivery: { state: 'held', error: { code: 'fact-missing' } },
      translations: [{ parts: [{ text: 'Sale' }] }],
      translationStatus: 'failed',
    });
    expect(await eventTypes()).toContain('message.held');
    const released = { ...entry, attempt: 2, released: true, acceptedAt: at(20) };
    await store.write((tx) => storeOutbound(tx, [released]));
    await store.write((tx) => attachOutbound(tx, [ready(released, 'Sale hoy', 21)]));
    expect(await stored(entry.messageId)).toMatchObject({
      sequence: 2,
      delivery: { state: 'translated', attempt: 2, error: null },
      translations: [{ parts: [{ text: 'Sale hoy' }] }],
    });
  });

  it('is stored from its translation where the log brings that first', async () => {
    const entry = reply('ana', 'k1', text);
    await store.write((tx) => attachOutbound(tx, [ready(entry, 'Sale hoy')]));
    await store.write((tx) => storeOutbound(tx, [entry]));
    expect(await stored(entry.messageId)).toMatchObject({ delivery: { state: 'translated' } });
    expect((await eventTypes()).filter((type) => type === 'message.accepted')).toHaveLength(1);
  });

  it('is told by a late receipt of an earlier attempt nothing about the next', async () => {
    const entry = reply('ana', 'k1', text);
    await store.write((tx) => storeOutbound(tx, [entry]));
    await store.write((tx) => applyDelivery(tx, [state('ana', 'k1', 'sent', { externalIds: ['x1'] })]));
    await store.write((tx) => storeOutbound(tx, [{ ...entry, attempt: 2, acceptedAt: at(20) }]));
    await store.write((tx) => applyDelivery(tx, [receipt('x1', 'failed', { minute: 21 })]));
    expect(await stored(entry.messageId)).toMatchObject({ delivery: { state: 'accepted', attempt: 2 } });
  });
});

describe('an echo', () => {
  beforeEach(() => store.write((tx) => storeInbound(tx, [message('ana', 'w1', '¿Cuándo?')])));
  const entry = reply('ana', 'k1', '今天发货');

  it('of our own message is recognised by our id, or by an id it is known under', async () => {
    await store.write((tx) => storeOutbound(tx, [entry]));
    await store.write((tx) => storeInbound(tx, [echo('ana', 'x1', 'Sale hoy', { clientKey: entry.messageId, minute: 7 })]));
    expect(await stored(entry.messageId)).toMatchObject({ externalId: 'x1', delivery: { state: 'sent' } });
    await store.write((tx) => storeInbound(tx, [echo('ana', 'x1', 'Sale hoy', { minute: 7 })]));
    expect(await messages('ana')).toHaveLength(2);
  });

  it('that knows our id better than we do waits for the reply', async () => {
    await store.write((tx) => storeInbound(tx, [echo('ana', 'x1', 'Sale hoy', { clientKey: entry.messageId, minute: 7 })]));
    await store.write((tx) => storeOutbound(tx, [entry]));
    expect(await messages('ana')).toHaveLength(2);
    expect(await stored(entry.messageId)).toMatchObject({ externalId: 'x1', delivery: { state: 'sent' } });
  });

  it('waits while a reply is on its way, and turns out to be it', async () => {
    await store.write((tx) => storeOutbound(tx, [entry]));
    await store.write((tx) => storeInbound(tx, [echo('ana', 'x1', 'Sale hoy', { minute: 7 })]));
    expect(await messages('ana')).toHaveLength(2);
    await store.write((tx) => applyDelivery(tx, [state('ana', 'k1', 'sent', { externalIds: ['x1'] })]));
    expect(await messages('ana')).toHaveLength(2);
    expect(await waiting()).toEqual([]);
  });

  it('waits while a reply is on its way, and turns out to be sent elsewhere', async () => {
    await store.write((tx) => storeOutbound(tx, [entry]));
    await store.write((tx) => storeInbound(tx, [echo('ana', 'p1', 'from the phone', { minute: 7 })]));
    await store.write((tx) => applyDelivery(tx, [state('ana', 'k1', 'sent', { externalIds: ['x1'] })]));
    expect(await messages('ana')).toMatchObject([
      {},
      {},
      { direction: 'outbound', externalId: 'p1', delivery: { state: 'sent' } },
    ]);
    await store.write((tx) => applyDelivery(tx, [receipt('p1', 'read')]));
    expect(await stored(idOf('p1'))).toMatchObject({ delivery: { state: 'read' } });
  });

  it('waits no longer than it is bound to', async () => {
    await store.write((tx) => storeOutbound(tx, [entry]));
    await store.write((tx) => storeInbound(tx, [echo('ana', 'p1', 'from the phone', { minute: 7 })]));
    const later = new Date(Date.now() + 1_000);
    expect(await store.write((tx) => settleEchoes(tx, later, 10))).toBe(1);
    expect(await store.write((tx) => settleEchoes(tx, later, 10))).toBe(0);
    expect(await messages('ana')).toHaveLength(3);
  });

  it('is stored at once while nothing is on its way, and may open a conversation', async () => {
    await store.write((tx) => storeInbound(tx, [echo('eva', 'p1', 'from the phone')]));
    expect(await messages('eva')).toMatchObject([{ direction: 'outbound', translationStatus: 'not-needed' }]);
    expect(await conversation('eva')).toMatchObject({ unreadCount: 0 });
  });
});

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = { value };
  return value;
}

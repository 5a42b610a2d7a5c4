import { contactId } from '@parley/model';
import {
  attachTranslations,
  type ConversationFilter,
  CursorError,
  changeOwner,
  getContact,
  listConversations,
  listMessages,
  openConversation,
  patchContact,
  patchConversation,
  storeInbound,
  storeNote,
  wakeSnoozed,
} from '.';
import { ACCOUNT, message, SHOP, thread, translated, translation } from './testing/fixtures';
import { startStore, type TestStore } from './testing/store-database';

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
}, 60_000);
afterAll(() => store?.stop());
beforeEach(() => store.empty());

const list = (filter: ConversationFilter, cursor: string | null = null, limit = 50) =>
  store.read((client) => listConversations(client, SHOP, filter, { limit, cursor }));
const found = async (q: string) => (await list({ q })).data.map((each) => each.contact.name).sort();
const patch = (buyer: string, change: Parameters<typeof patchConversation>[3]) =>
  store.write((tx) => patchConversation(tx, SHOP, thread(buyer), change));
const types = async () => (await store.events()).map((row) => row.type.replace(/^parley\.|\.v1$/g, ''));
const withOrder = (number: string) => [
  {
    id: number,
    number,
    state: 'paid',
    placedAt: null,
    total: '12.00',
    currency: 'USD',
    items: [{ title: 'Zapatos azules', quantity: 1, sku: 'ZA-41', variant: null, price: null, image: null, url: null }],
    tracking: [],
    url: null,
  },
];

describe('search', () => {
  beforeEach(() =>
    store.write(async (tx) => {
      await storeInbound(tx, [
        message('ana', 'w1', '¿Cuánto cuesta el envío a Medellín?', { orders: withOrder('ML-2000012345') }),
        message('yuki', 'w2', '注文番号AB-1234-CDの荷物はいつ届きますか？'),
        message('wei', 'w3', '国际运费是多少？'),
      ]);
      await attachTranslations(tx, [translated('ana', 'w1', '寄到麦德林多少钱？')]);
    }),
  );

  it.each([
    ['envio', ['ana']],
    ['MEDELLÍN cuesta', ['ana']],
    ['medell', ['ana']],
    ['多少钱', ['ana']],
    ['多少', ['ana', 'wei']],
    ['运费', ['wei']],
    ['届きます', ['yuki']],
    ['AB1234CD', ['yuki']],
    ['ab-1234', ['yuki']],
    ['2000012', ['ana']],
    ['ml-2000012345', ['ana']],
    ['zapatos', ['ana']],
    ['za-41', ['ana']],
    ['yuki', ['yuki']],
    ['nothing of it', []],
    [`'; DROP TABLE x; --`, []],
    ['!!! & | :*', []],
  ])('finds %s', async (typed, buyers) => {
    expect(await found(typed)).toEqual(buyers);
  });
});

describe('a list', () => {
  const buyers = Array.from({ length: 7 }, (_, index) => `b${index}`);
  beforeEach(() =>
    store.write((tx) =>
      storeInbound(
        tx,
        buyers.map((buyer) => message(buyer, `w-${buyer}`, 'hola')),
      ),
    ),
  );

  it('comes page by page, each conversation once, newest change first', async () => {
    await patch('b3', { tags: ['vip'] });
    const names: (string | null)[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof list>> = await list({}, cursor, 2);
      names.push(...page.data.map((each) => each.contact.name));
      cursor = page.nextCursor;
    } while (cursor);
    expect(names[0]).toBe('b3');
    expect([...names].sort()).toEqual(buyers);
  });

  it('refuses a cursor that is not its own', async () => {
    const { nextCursor } = await list({}, null, 2);
    await store.addShop('mer_b').catch(() => undefined);
    const elsewhere = store.read((client) => listConversations(client, 'mer_b', {}, { limit: 2, cursor: nextCursor }), 'mer_b');
    await expect(elsewhere).rejects.toThrow(CursorError);
    for (const cursor of ['x', 'W10', Buffer.from('["a","b","c"]').toString('base64url'), 'x'.repeat(5_000)])
      await expect(list({}, cursor)).rejects.toThrow(CursorError);
  });

  it('is filtered by what people ask for', async () => {
    await patch('b1', { state: 'closed', assigneeId: 'agt_1', tags: ['refund'], language: 'es-MX', read: true });
    const names = async (filter: ConversationFilter) => (await list(filter)).data.map((each) => each.contact.name);
    expect(await names({ state: 'closed' })).toEqual(['b1']);
    expect(await names({ state: ['closed', 'snoozed'], accountIds: [ACCOUNT] })).toEqual(['b1']);
    expect(await names({ assigneeId: 'agt_1' })).toEqual(['b1']);
    expect(await names({ assigneeId: null })).toHaveLength(6);
    expect(await names({ tag: 'refund' })).toEqual(['b1']);
    expect(await names({ language: 'es' })).toEqual(['b1']);
    expect(await names({ language: 'e%' })).toEqual([]);
    expect(await names({ unread: false })).toEqual(['b1']);
    expect(await names({ vip: true })).toEqual([]);
    await store.write((tx) => patchContact(tx.client, SHOP, contactId(ACCOUNT, 'b2'), { vip: true }));
    expect(await names({ vip: true })).toEqual(['b2']);
    expect(await names({ accountIds: [] })).toEqual([]);
    expect(await names({ updatedAfter: new Date(Date.now() + 1_000).toISOString() })).toEqual([]);
  });
});

describe('what people change', () => {
  beforeEach(() => store.write((tx) => storeInbound(tx, [message('ana', 'w1', 'hola')])));

  it('is told by kind, and not at all when nothing differs', async () => {
    const before = (await types()).length;
    await patch('ana', { assigneeId: 'agt_1', state: 'closed', priority: 'high' });
    await patch('ana', { assigneeId: 'agt_1', state: 'closed', priority: 'high', tags: [] });
    await patch('ana', { read: true });
    expect((await types()).slice(before)).toEqual([
      'conversation.assigned',
      'conversation.closed',
      'conversation.changed',
      'conversation.changed',
    ]);
    expect(await patch('nobody', { read: true })).toBeNull();
  });

  it('has an owner whose generation refuses one who comes late', async () => {
    const take = (owner: Parameters<typeof changeOwner>[3]) => store.write((tx) => changeOwner(tx, SHOP, thread('ana'), owner));
    expect(await take({ kind: 'agent', id: 'agt_1', ifGeneration: 0 })).toMatchObject({
      owner: { kind: 'agent', generation: 1 },
    });
    expect(await take({ kind: 'bot', id: 'bot_1', ifGeneration: 0 })).toBe('stale');
    expect(await types()).toContain('owner.changed');
  });

  it('sleeps until its time and wakes by itself', async () => {
    await patch('ana', { state: 'snoozed', snoozedUntil: new Date(Date.now() + 50).toISOString() });
    expect(await store.write((tx) => wakeSnoozed(tx, 10))).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(await store.write((tx) => wakeSnoozed(tx, 10))).toBe(1);
    expect((await list({ state: 'open' })).data).toHaveLength(1);
  });

  it('keeps a name and a subject that a person gave', async () => {
    await store.write((tx) => patchContact(tx.client, SHOP, contactId(ACCOUNT, 'ana'), { name: 'Ana María' }));
    await patch('ana', { subject: 'Zapatos' });
    await store.write((tx) => storeInbound(tx, [message('ana', 'w2', 'otra', { minute: 9, subject: 'Re: hola' })]));
    expect((await list({})).data[0]).toMatchObject({ subject: 'Zapatos', contact: { name: 'Ana María' } });
    const contact = await store.read((client) => getContact(client, SHOP, contactId(ACCOUNT, 'ana')));
    expect(contact).toMatchObject({ identities: [{ accountId: ACCOUNT, address: 'ana', verified: true }] });
  });

  it('takes notes in the thread that no buyer sees and no list shows', async () => {
    const note = {
      merchantId: SHOP,
      conversationId: thread('ana'),
      messageId: 'msg_note',
      author: { kind: 'agent' as const, id: 'agt_1', name: 'Li' },
      parts: [{ kind: 'text' as const, text: 'asks for a refund' }],
      language: 'en',
      clientKey: null,
      at: new Date().toISOString(),
    };
    await store.write((tx) => storeNote(tx, note));
    await store.write((tx) => storeNote(tx, note));
    const all = (notes: boolean) => store.read((client) => listMessages(client, SHOP, thread('ana'), { limit: 10, notes }));
    expect((await all(true)).data.map((each) => [each.sequence, each.note])).toEqual([
      [1, false],
      [2, true],
    ]);
    expect((await all(false)).data).toHaveLength(1);
    expect((await list({})).data[0]).toMatchObject({ unreadCount: 1, lastMessage: { text: 'hola' } });
  });

  it('opens a conversation once', async () => {
    const opening = {
      merchantId: SHOP,
      id: thread('leo'),
      accountId: ACCOUNT,
      channel: 'whatsapp',
      contact: { id: contactId(ACCOUNT, 'leo'), address: 'leo', name: 'Leo' },
      subject: null,
      language: 'pt',
      address: { to: 'leo' },
      replyWindow: { openUntil: null, then: 'template' as const },
    };
    const before = (await types()).length;
    const opened = await Promise.all([1, 2, 3].map(() => store.write((tx) => openConversation(tx, opening))));
    for (const each of opened) expect(each).toEqual(opened[0]);
    expect(opened[0]).toMatchObject({
      conversation: { language: 'pt' },
      contact: { name: 'Leo', address: 'leo' },
      lastSequence: 0,
    });
    expect((await types()).slice(before)).toEqual(['contact.created', 'conversation.opened']);
  });
});

it('pages through a thread in both directions', async () => {
  const entries = Array.from({ length: 9 }, (_, index) => message('ana', `w${index}`, `${index}`));
  await store.write((tx) => storeInbound(tx, entries));
  await store.write((tx) => attachTranslations(tx, [translated('ana', 'w1', 'x', { translation: translation('zh-CN', '一') })]));
  const read = async (page: Parameters<typeof listMessages>[3]) => {
    const { data, more } = await store.read((client) => listMessages(client, SHOP, thread('ana'), page));
    return [data.map((each) => each.sequence), more];
  };
  expect(await read({ limit: 3 })).toEqual([[1, 2, 3], true]);
  expect(await read({ after: 6, limit: 3 })).toEqual([[7, 8, 9], false]);
  expect(await read({ before: 10, limit: 3 })).toEqual([[7, 8, 9], true]);
  expect(await read({ before: 3, limit: 3 })).toEqual([[1, 2], false]);
});

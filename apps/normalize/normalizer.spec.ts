import { ChannelError, type ChannelEvent } from '@parley/connector';
import { contactId, conversationId, messageId } from '@parley/model';
import { startTestDatabase, type TestDatabase } from '../../test/support/postgres';
import { migrations } from './migrations';
import { message, rawEntry, Stage } from './testing/stage';

let test: TestDatabase;
let stage: Stage;

beforeAll(async () => {
  test = await startTestDatabase({ migrations: { normalize: migrations } });
}, 60_000);
afterAll(() => test?.stop());
beforeEach(() => {
  stage = new Stage(test.database);
});
afterEach(() => test.database.query('*', 'TRUNCATE normalize.threads'));

const says = (...events: ChannelEvent[]) => {
  stage.normalize = () => events;
  return stage.run(rawEntry('raw_1', {}));
};
const ours = conversationId('acc_1', 'buyer-1');

describe('what an item says', () => {
  it('becomes a message that needs nothing but itself', async () => {
    await says(
      message('ext-1', {
        author: { kind: 'buyer', id: 'buyer-1', name: 'Ana' },
        contact: { address: 'buyer-1', name: 'Ana', country: 'ES', language: 'es' },
        thread: { key: 'buyer-1', address: { to: 'buyer-1' }, subject: 'My order' },
        replyToExternalId: 'ext-0',
        clientKey: 'k',
        attributes: { a: 1 },
      }),
    );
    expect(stage.appended).toEqual([{ topic: 'inbound.message', key: ours, entry: expect.anything() }]);
    expect(stage.inbound()[0]).toEqual({
      kind: 'message',
      merchantId: 'mer_1',
      accountId: 'acc_1',
      channel: 'scripted',
      conversationId: ours,
      receivedAt: '2026-05-01T10:00:05.000Z',
      messageId: messageId('acc_1', 'ext-1'),
      merchantLanguage: 'zh-CN',
      externalId: 'ext-1',
      direction: 'inbound',
      author: { kind: 'buyer', id: 'buyer-1', name: 'Ana' },
      contact: {
        id: contactId('acc_1', 'buyer-1'),
        address: 'buyer-1',
        name: 'Ana',
        country: 'ES',
        language: 'es',
        timeZone: null,
        verified: false,
      },
      parts: [{ kind: 'text', text: 'text of ext-1' }],
      languageHint: 'es',
      replyToExternalId: 'ext-0',
      clientKey: 'k',
      subject: 'My order',
      address: { to: 'buyer-1' },
      replyWindow: { openUntil: '2026-05-02T10:00:00.000Z', then: 'template' },
      orders: [],
      automatic: false,
      attributes: { a: 1 },
      sentAt: '2026-05-01T10:00:00.000Z',
    });
  });

  it('a word of the shop opens no window, and the channel’s own word counts before ours', async () => {
    await says(
      message('shop', { direction: 'outbound' }),
      message('own', { replyWindow: { openUntil: null, then: 'closed', reason: 'blocked' } }),
    );
    expect(stage.inbound()).toMatchObject([
      { replyWindow: { openUntil: '2026-05-01T10:00:00.000Z' } },
      { replyWindow: { then: 'closed', reason: 'blocked' } },
    ]);
  });

  it('keeps receipts, reactions, edits, recalls and facts of the thread', async () => {
    const thread = { key: 'buyer-1', address: { to: 'new' } };
    const at = new Date('2026-05-01T10:01:00Z');
    await says(
      { kind: 'receipt', externalId: 'out-1', state: 'delivered', at },
      { kind: 'reaction', targetExternalId: 'ext-1', thread, author: { kind: 'buyer', id: 'b' }, emoji: null, at },
      { kind: 'edit', targetExternalId: 'ext-1', thread, parts: [{ kind: 'text', text: 'better' }], at },
      { kind: 'recall', targetExternalId: 'ext-1', thread, at },
      { kind: 'thread', thread, replyWindow: { openUntil: null, then: 'closed' }, contact: { name: 'Ana' }, at },
    );
    expect(stage.delivery()).toMatchObject([{ kind: 'receipt', externalId: 'out-1', messageId: null, state: 'delivered' }]);
    expect(stage.inbound()).toMatchObject([
      { kind: 'reaction', emoji: null, targetExternalId: 'ext-1', conversationId: ours },
      { kind: 'edit', parts: [{ text: 'better' }] },
      { kind: 'recall', at: '2026-05-01T10:01:00.000Z' },
      { kind: 'thread', address: { to: 'new' }, contact: { name: 'Ana' }, replyWindow: { then: 'closed' } },
    ]);
  });

  it('tells apart messages of one item that have one external id', async () => {
    await says(message('ext-1'), message('ext-1'));
    expect(stage.inbound().map((entry) => entry.kind === 'message' && entry.messageId)).toEqual([
      messageId('acc_1', 'ext-1'),
      messageId('acc_1', 'ext-1', 1),
    ]);
  });

  it('is made storable: NUL and lone surrogates, times that cannot be, depth nobody means, nothing at all', async () => {
    let deep: unknown = 'end';
    for (let depth = 0; depth < 500; depth += 1) deep = [deep];
    await says(
      message('ext-1', {
        parts: [{ kind: 'text', text: 'a\0b\ud800c' }],
        attributes: { 'k\0': 'x', deep },
        sentAt: new Date(Number.NaN),
      }),
      message('ext-2', { parts: [] }),
    );
    expect(stage.inbound()[0]).toMatchObject({
      parts: [{ text: 'a\ufffdb\ufffdc' }],
      attributes: { 'k\ufffd': 'x' },
      sentAt: '2026-05-01T10:00:05.000Z',
    });
    expect(JSON.stringify(stage.inbound()[0]).length).toBeLessThan(2_000);
    expect(stage.inbound()[1]).toMatchObject({ parts: [{ kind: 'unsupported', rawType: 'empty' }] });
  });

  it('is the same when it comes again', async () => {
    await says(message('ext-1'));
    await says(message('ext-1'));
    expect(stage.appended[1]).toEqual(stage.appended[0]);
  });
});

describe('a sick item', () => {
  it('is parked with its bytes, and its neighbours are not', async () => {
    stage.normalize = (json) => {
      if (json.id === 2) throw new TypeError('who is this?');
      return [message(`ext-${json.id}`)];
    };
    await stage.run(rawEntry('raw_1', { id: 1 }), rawEntry('raw_2', { id: 2 }), rawEntry('raw_3', { id: 3 }));
    expect(stage.inbound()).toHaveLength(2);
    expect(stage.dead()).toEqual([
      expect.objectContaining({
        merchantId: 'mer_1',
        accountId: 'acc_1',
        topic: 'inbound.raw',
        offset: '1',
        app: 'normalize',
        reason: 'not-understood: TypeError: who is this?',
      }),
    ]);
    const bytes = Buffer.from(stage.dead()[0]?.value ?? '', 'base64').toString();
    expect(JSON.parse(bytes)).toEqual(rawEntry('raw_2', { id: 2 }));
  });

  it('may also be one of which the connector made what is no entry', async () => {
    await says(message('ext-1', { parts: [{ kind: 'location', latitude: 1_000, longitude: 0 }] }));
    expect(stage.dead()[0]?.reason).toContain('/parts/0/latitude');
  });

  it('may be of an account that is gone, or of one that is paused and still understood', async () => {
    const account = stage.accounts.get('acc_1');
    stage.normalize = () => [message('ext-1')];
    await stage.run(rawEntry('raw_1', {}, 'acc_gone'));
    expect(stage.dead()[0]?.reason).toMatch('account-gone');
    if (account) stage.accounts.set('acc_1', { ...account, state: 'paused' });
    await stage.run(rawEntry('raw_2', {}));
    expect(stage.inbound()).toHaveLength(1);
  });
});

describe('order', () => {
  it('stays within a key, whatever each item takes', async () => {
    stage.normalize = async (json) => {
      await new Promise((resolve) => setTimeout(resolve, json.ms));
      return [message(`${json.in}${json.n}`, { thread: { key: json.in, address: {} } })];
    };
    await stage.run(
      rawEntry('1', { in: 'a', n: 1, ms: 60 }),
      rawEntry('2', { in: 'b', n: 1, ms: 1 }),
      rawEntry('3', { in: 'a', n: 2, ms: 1 }),
    );
    expect(stage.inbound().map((entry) => entry.kind === 'message' && entry.externalId)).toEqual(['b1', 'a1', 'a2']);
  });
});

describe('files', () => {
  const withFile = (content: { bytes: Uint8Array } | { key: string; ref: unknown }) =>
    message('ext-1', { parts: [{ kind: 'media', mime: 'image/png', name: 'a.png', caption: 'look', content }] });

  it('are brought into our store, once', async () => {
    let downloads = 0;
    stage.downloadMedia = async (ref) => {
      downloads += 1;
      return { bytes: Buffer.from(String(ref)), mime: 'image/png', name: null };
    };
    await says(withFile({ key: 'file-1', ref: 'abc' }));
    await says(withFile({ key: 'file-1', ref: 'abc' }));
    expect(downloads).toBe(1);
    const [id] = [...stage.files.keys()];
    expect(stage.inbound()[0]).toMatchObject({
      parts: [{ kind: 'media', url: `/v1/media/${id}`, name: 'a.png', sizeBytes: 3, caption: 'look' }],
    });
    expect(stage.appended[1]).toEqual(stage.appended[0]);
  });

  it('that came along are stored as they are', async () => {
    await says(withFile({ bytes: Buffer.from('four') }));
    await says(withFile({ bytes: Buffer.from('four') }));
    expect(stage.files.size).toBe(1);
  });

  it('are tried again while the channel is away', async () => {
    let failures = 1;
    stage.downloadMedia = async () => {
      if (failures-- > 0) throw new ChannelError('unavailable', 'down', { retryAfterMs: 20 });
      return { bytes: Buffer.from('x'), mime: 'image/png', name: null };
    };
    await says(withFile({ key: 'file-1', ref: 1 }));
    expect(stage.inbound()[0]).toMatchObject({ parts: [{ kind: 'media' }] });
  });

  it.each([
    ['are gone', async () => Promise.reject(new ChannelError('rejected', 'gone'))],
    ['are away for too long', async () => Promise.reject(new ChannelError('unavailable', 'down', { retryAfterMs: 20 }))],
    ['never come', () => new Promise<never>(() => undefined)],
  ])('that %s are named, and what was said with them stays', async (_, download) => {
    stage.downloadMedia = download;
    await says(withFile({ key: 'file-1', ref: 1 }));
    expect(stage.inbound()[0]).toMatchObject({
      parts: [
        { kind: 'unsupported', summary: 'A file that could not be fetched: a.png', rawType: 'media/image/png' },
        { kind: 'text', text: 'look' },
      ],
    });
  });

  it('wait when our own store is full', async () => {
    stage.storeError = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    await expect(says(withFile({ bytes: Buffer.from('four') }))).rejects.toMatchObject({ transient: true });
    expect(stage.appended).toEqual([]);
  });

  it('the item itself may lie in it', async () => {
    const bytes = Buffer.from(JSON.stringify({ large: true }));
    stage.files.set('med_1', { info: {} as never, bytes });
    stage.normalize = (json) => [message(json.large ? 'large' : 'other')];
    const content = { encoding: 'blob', ref: 'med_1', sizeBytes: bytes.length, form: 'json' } as const;
    await stage.run(
      { ...rawEntry('raw_1', null), content },
      { ...rawEntry('raw_2', null), content: { ...content, ref: 'med_2' } },
    );
    expect(stage.inbound()).toMatchObject([{ externalId: 'large' }]);
    expect(stage.dead()[0]?.reason).toMatch('blob-gone');
  });
});

import { messageId } from '@parley/model';
import { startTestDatabase, type TestDatabase } from '../../test/support/postgres';
import { migrations } from './migrations';
import { away, buyerSays, done, Stage } from './testing/stage';

let test: TestDatabase;
let stage: Stage;

beforeAll(async () => {
  test = await startTestDatabase({ migrations: { translate: migrations } });
}, 60_000);
afterAll(() => test?.stop());
beforeEach(() => {
  stage = new Stage(test.database);
});
afterEach(async () => {
  await stage.retries.onModuleDestroy();
  await test.database.query('*', 'TRUNCATE translate.threads, translate.edits, translate.retries');
});

const spanish = '¿Dónde está mi pedido? Lo pagué hace dos semanas y no ha llegado.';

it('finds the language, translates to what the shop reads, and commits with the thread', async () => {
  await stage.receive(buyerSays(spanish));
  expect(stage.asked).toMatchObject([{ from: 'es', to: 'zh-CN', direction: 'inbound', merchantId: 'mer_1' }]);
  expect(stage.inbound).toMatchObject([
    {
      language: 'es',
      conversationLanguage: 'es',
      status: 'done',
      error: null,
      translation: { engine: 'fake', language: 'zh-CN' },
    },
  ]);
  expect(stage.commits).toBe(1);
});

it('knows a short message by its conversation, across batches', async () => {
  await stage.receive(buyerSays(spanish));
  await stage.receive(buyerSays('ok'), buyerSays('👍'));
  expect(stage.inbound.map((entry) => [entry.language, entry.conversationLanguage])).toEqual([
    ['es', 'es'],
    ['es', 'es'],
    ['und', 'es'],
  ]);
});

it('takes country and locale for a hint only', async () => {
  const contact = { ...buyerSays('').contact, country: 'BR' };
  await stage.receive(
    buyerSays('ok', { conversationId: 'cnv_2', contact }),
    buyerSays(spanish, { conversationId: 'cnv_3', contact }),
  );
  expect(stage.inbound.map((entry) => entry.language).sort()).toEqual(['es', 'pt']);
});

it('leaves alone what the shop itself wrote elsewhere, reactions and recalls', async () => {
  const { merchantId, accountId, channel, conversationId, receivedAt } = buyerSays('');
  const base = { merchantId, accountId, channel, conversationId, receivedAt };
  await stage.receive(
    buyerSays('Hola', { direction: 'outbound' }),
    { ...base, kind: 'recall', targetExternalId: 'x', at: receivedAt },
    {
      ...base,
      kind: 'reaction',
      targetMessageId: null,
      targetExternalId: 'x',
      emoji: '👍',
      author: buyerSays('').author,
      at: receivedAt,
    },
  );
  expect(stage.inbound).toEqual([]);
});

it('translates edits, each under its place among the edits of the message', async () => {
  const first = buyerSays(spanish);
  const { merchantId, accountId, channel, conversationId, receivedAt } = first;
  const edit = (text: string, at: string) => ({
    ...{ merchantId, accountId, channel, conversationId, receivedAt, at },
    kind: 'edit' as const,
    targetExternalId: first.externalId,
    parts: [{ kind: 'text' as const, text }],
  });
  const [one, two] = [edit(`${spanish} 1`, '2026-03-02T10:01:00.000Z'), edit(`${spanish} 2`, '2026-03-02T10:02:00.000Z')];
  await stage.receive(first, one);
  await stage.receive(two);
  await stage.receive(one);
  expect(stage.inbound.map((entry) => entry.edit)).toEqual([undefined, 0, 1, 0]);
  expect(new Set(stage.inbound.map((entry) => entry.messageId))).toEqual(new Set([messageId('acc_1', first.externalId)]));
  expect(stage.asked.at(-1)).toMatchObject({ to: 'zh-CN' });
});

it.each([
  ['not-needed', { kind: 'not-needed' as const }, null],
  ['no-engine', { kind: 'no-engine' as const }, null],
  [
    'failed',
    {
      kind: 'unsafe' as const,
      reason: { code: 'x', message: 'The text came back untranslated.', retryable: false },
      candidate: null,
    },
    'The text came back untranslated.',
  ],
  [
    'failed',
    {
      kind: 'unavailable' as const,
      reason: { code: 'translation-pair', message: 'fake does not translate es to zh-CN', retryable: false },
    },
    'fake does not translate es to zh-CN',
  ],
])('says %s plainly, and has the language in any case', async (status, outcome, error) => {
  stage.script = () => outcome;
  await stage.receive(buyerSays(spanish));
  expect(stage.inbound).toMatchObject([{ status, error, language: 'es', translation: null }]);
  expect(await stage.waiting()).toBe(0);
});

describe('while the engines are away', () => {
  it('says so at once, goes on, and translates once they are back', async () => {
    stage.script = () => away;
    await stage.receive(buyerSays(`${spanish} \0`), buyerSays(spanish, { conversationId: 'cnv_2' }));
    expect(stage.inbound.map((entry) => [entry.status, entry.error, entry.language])).toEqual([
      ['failed', 'fake answered 503', 'es'],
      ['failed', 'fake answered 503', 'es'],
    ]);
    expect(stage.commits).toBe(1);
    expect(await stage.retryAll()).toBe(2);
    expect(await stage.waiting()).toBe(2);
    stage.script = (request) => done(request, 'translated later');
    await stage.retryAll();
    expect(stage.inbound.slice(2)).toMatchObject([{ status: 'done' }, { status: 'done' }]);
    expect(await stage.waiting()).toBe(0);
  });

  it('gives up after a day', async () => {
    stage.script = () => away;
    await stage.receive(buyerSays(spanish));
    await test.database.query('*', `UPDATE translate.retries SET created_at = now() - interval '25 hours'`);
    await stage.retryAll();
    expect(await stage.waiting()).toBe(0);
    expect(stage.inbound.at(-1)).toMatchObject({ status: 'failed' });
  });
});

it('keeps order within a conversation, and lets none wait for another', async () => {
  const order: string[] = [];
  stage.script = async (request) => {
    const [part] = request.parts;
    const text = part?.kind === 'text' ? part.text : '';
    await new Promise((resolve) => setTimeout(resolve, text.startsWith('lento') ? 80 : 1));
    order.push(text);
    return done(request, text);
  };
  await stage.receive(buyerSays('lento uno'), buyerSays('dos'), buyerSays('otro', { conversationId: 'cnv_2' }));
  expect(order).toEqual(['otro', 'lento uno', 'dos']);
});

it('says the same again when the batch comes again', async () => {
  const message = buyerSays(spanish);
  stage.fenced = true;
  await expect(stage.receive(message)).rejects.toThrow('fenced');
  stage.fenced = false;
  await stage.receive(message);
  const [first, second] = stage.inbound.map(({ at: _, ...entry }) => entry);
  expect(second).toEqual(first);
});

it('has handled nothing when the log took nothing', async () => {
  stage.appendFails = 1;
  await expect(stage.receive(buyerSays(spanish))).rejects.toThrow('The log is away');
  expect(stage.commits).toBe(0);
});

it('shows a merchant only its own threads', async () => {
  await stage.receive(buyerSays(spanish), buyerSays(spanish, { merchantId: 'mer_2', conversationId: 'cnv_9' }));
  const { rows } = await test.database.query('mer_2', 'SELECT conversation_id FROM translate.threads');
  expect(rows).toEqual([{ conversation_id: 'cnv_9' }]);
});

import type { Database } from '@parley/runtime';
import type { TranslateOutcome } from '@parley/translation';
import { away, done, Stage, shopSays } from './testing/stage';

let stage: Stage;
beforeEach(() => {
  // Replies keep nothing in the database.
  stage = new Stage({} as Database);
});

const candidate = (done({ to: 'es' }, 'Su pedido salió.') as Extract<TranslateOutcome, { kind: 'done' }>).translation;
const unsafe: TranslateOutcome = {
  kind: 'unsafe',
  reason: { code: 'translation-unsafe', message: 'The amount "$5" is missing or changed.', retryable: false },
  candidate,
};

it('gives the translation, and the reply with all that it came with', async () => {
  const reply = shopSays('您的订单已发货', { context: [{ direction: 'inbound', text: 'Hola', language: 'es' }] });
  stage.script = (request) => done(request, 'Su pedido salió.');
  await stage.reply(reply);
  expect(stage.asked).toMatchObject([{ from: 'zh-CN', to: 'es', direction: 'outbound', context: reply.context }]);
  expect(stage.outbound).toMatchObject([
    {
      ...reply,
      outcome: {
        kind: 'ready',
        parts: [{ text: 'Su pedido salió.' }],
        language: 'es',
        translation: { engine: 'fake', durationMs: 5 },
      },
    },
  ]);
});

it.each([
  ['nobody wants it translated', null],
  ['the buyer reads the language', 'zh-TW'],
  ['nobody knows what the buyer reads', 'und'],
])('leaves as written where %s', async (_, targetLanguage) => {
  const reply = shopSays('您的订单已发货', { targetLanguage });
  await stage.reply(reply);
  expect(stage.asked).toEqual([]);
  expect(stage.outbound).toMatchObject([
    { outcome: { kind: 'ready', parts: reply.parts, language: 'zh-CN', translation: null, translationStatus: 'not-needed' } },
  ]);
});

it('leaves as written where there is no engine, and says so', async () => {
  stage.script = () => ({ kind: 'no-engine' });
  await stage.reply(shopSays('您好'));
  expect(stage.outbound).toMatchObject([{ outcome: { kind: 'ready', translation: null, translationStatus: 'no-engine' } }]);
});

it('sends what a person wrote exactly so, with the checks beside it', async () => {
  const translation = [{ kind: 'text' as const, text: 'Su pedido ya va en camino.' }];
  await stage.reply(shopSays('订单AB-10234已发货', { translation }));
  expect(stage.asked).toEqual([]);
  expect(stage.outbound).toMatchObject([
    {
      outcome: {
        kind: 'ready',
        parts: translation,
        language: 'es',
        translation: { engine: 'person', editedBy: 'agt_1', checks: { entities: expect.stringContaining('AB-10234') } },
      },
    },
  ]);
});

it('holds what is not safe, with the reason and the best candidate; a person may release it', async () => {
  stage.script = () => unsafe;
  await stage.reply(shopSays('花费$5'), shopSays('花费$5', { released: true }));
  expect(stage.outbound.map((entry) => entry.outcome)).toMatchObject([
    { kind: 'held', error: unsafe.reason, candidate },
    { kind: 'ready', parts: candidate.parts, translation: candidate },
  ]);
});

it('holds even a released one where there is nothing to send', async () => {
  stage.script = () => ({ ...unsafe, candidate: null });
  await stage.reply(shopSays('花费$5', { released: true }));
  expect(stage.outbound).toMatchObject([{ outcome: { kind: 'held', candidate: null } }]);
});

it('waits for an engine that restarts', async () => {
  stage.script = (request) => (stage.asked.length < 3 ? away : done(request, 'Su pedido salió.'));
  await stage.reply(shopSays('您的订单已发货'));
  expect(stage.outbound).toMatchObject([{ outcome: { kind: 'ready' } }]);
});

it('holds after seconds, with an error that may be retried', async () => {
  stage.script = () => away;
  const startedAt = performance.now();
  await stage.reply(shopSays('您的订单已发货'), shopSays('您好', { conversationId: 'cnv_2' }));
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(stage.outbound).toMatchObject([
    { outcome: { kind: 'held', error: { message: 'fake answered 503', retryable: true } } },
    { outcome: { kind: 'held' } },
  ]);
}, 15_000);

it('does not wait where waiting cannot help', async () => {
  stage.script = () => ({ kind: 'unavailable', reason: { code: 'translation-pair', message: 'no such pair', retryable: false } });
  await stage.reply(shopSays('您好'));
  expect(stage.asked).toHaveLength(1);
  expect(stage.outbound).toMatchObject([{ outcome: { kind: 'held', error: { code: 'translation-pair' } } }]);
});

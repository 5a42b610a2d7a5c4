import { type Message, messageSchema } from '@parley/model';
import { buyerView } from './buyer-view';

const reply = (changes: Partial<Message> = {}): Message =>
  messageSchema.parse({
    ...{ id: 'msg_1', conversationId: 'cnv_1', accountId: 'acc_1', channel: 'webchat', direction: 'outbound', sequence: 2 },
    author: { kind: 'agent', id: 'key_1', name: 'Night shift' },
    parts: [{ kind: 'text', text: '有' }],
    language: 'zh-CN',
    translations: [{ language: 'es', parts: [{ kind: 'text', text: 'Sí' }], engine: 'test', checks: {} }],
    ...{ translationStatus: 'done', replyTo: null, externalId: 'msg_1', clientKey: 'ours' },
    ...{ sentAt: '2026-11-25T12:00:00Z', receivedAt: '2026-11-25T12:00:00Z', reactions: [], edits: [], recalledAt: null },
    delivery: { state: 'sent', error: null, history: [] },
    ...changes,
  });
const withState = (state: string) => reply({ delivery: { state, attempt: 1, error: null, history: [] } as Message['delivery'] });

it("shows a reply in the buyer's language, and nothing of the shop's inside", () => {
  const view = buyerView(reply());
  expect(view).toMatchObject({ parts: [{ kind: 'text', text: 'Sí' }], language: 'es', delivery: { state: 'sent' } });
  expect(JSON.stringify(view)).not.toMatch(/有|key_1|Night shift|ours/);
});

it('shows as written what left as written', () => {
  expect(buyerView(reply({ translations: [] }))?.parts).toEqual([{ kind: 'text', text: '有' }]);
});

it.each(['accepted', 'translated', 'queued', 'sending', 'held', 'uncertain', 'failed', 'cancelled'])(
  'hides what is %s',
  (state) => {
    expect(buyerView(withState(state))).toBeNull();
  },
);

it.each(['sent', 'delivered', 'read'])('shows what is %s', (state) => {
  expect(buyerView(withState(state))?.delivery).toEqual({ state });
});

it('never shows a note', () => {
  expect(buyerView(reply({ note: true, delivery: null }))).toBeNull();
});

it('shows their own words with their key', () => {
  const own = reply({ direction: 'inbound', author: { kind: 'buyer', id: 'v', name: 'Ana' }, delivery: null, translations: [] });
  expect(buyerView(own)).toMatchObject({ clientKey: 'ours', author: { kind: 'buyer', name: 'Ana' }, parts: own.parts });
});

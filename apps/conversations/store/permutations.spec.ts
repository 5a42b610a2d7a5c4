import type { DeliveryEntry, InboundEntry, InboundTranslated, OutboundMessage, OutboundTranslated } from '@parley/model';
import fc from 'fast-check';
import { applyDelivery, attachOutbound, attachTranslations, storeInbound, storeOutbound, type Transaction } from '.';
import {
  at,
  echo,
  edit,
  held,
  message,
  reaction,
  ready,
  recall,
  receipt,
  reply,
  state,
  translated,
  translation,
} from './testing/fixtures';
import { startStore, type TestStore } from './testing/store-database';

/** Topics are read side by side and channels repeat themselves: whatever comes in whatever order, the view ends the same. */

type Step =
  | { readonly topic: 'inbound'; readonly entry: InboundEntry }
  | { readonly topic: 'translated'; readonly entry: InboundTranslated }
  | { readonly topic: 'reply'; readonly entry: OutboundMessage }
  | { readonly topic: 'reply-translated'; readonly entry: OutboundTranslated }
  | { readonly topic: 'delivery'; readonly entry: DeliveryEntry };

const inbound = (entry: InboundEntry): Step => ({ topic: 'inbound', entry });
const delivery = (entry: DeliveryEntry): Step => ({ topic: 'delivery', entry });
const first = reply('ana', 'k1', '今天发货');
const second = reply('ana', 'k2', '已发货', { minute: 30 });
const retried = { ...second, attempt: 2, released: true, acceptedAt: at(40) };
const ana = message('ana', 'w1', '¿Cuándo sale?');

const ordered: Step[] = [
  inbound({ ...ana, contact: { ...ana.contact, name: 'Ana' }, subject: 'Pedido', replyToExternalId: null }),
  { topic: 'translated', entry: translated('ana', 'w1', '什么时候发货？') },
  { topic: 'reply', entry: first },
  { topic: 'reply-translated', entry: ready(first, 'Sale hoy') },
  delivery(state('ana', 'k1', 'queued')),
  delivery(state('ana', 'k1', 'sending', { minute: 8 })),
  delivery(state('ana', 'k1', 'sent', { minute: 9, externalIds: ['x1', 'x2'] })),
  inbound(echo('ana', 'x1', 'Sale hoy', { minute: 9, clientKey: first.messageId })),
  delivery(receipt('x1', 'delivered', { minute: 10 })),
  delivery(receipt('x2', 'read', { minute: 11 })),
  delivery(receipt('x2', 'failed', { minute: 10, error: { code: 'late', message: 'Too late', retryable: false } })),
  inbound(reaction('ana', 'x1', '👍', 12)),
  inbound(message('ana', 'w2', '¿Y este?', { minute: 13, replyToExternalId: 'x2' })),
  { topic: 'translated', entry: translated('ana', 'w2', '这个呢？', { status: 'failed', translation: null }) },
  { topic: 'translated', entry: translated('ana', 'w2', '这个呢？', { at: at(15) }) },
  inbound(edit('ana', 'w2', '¿Y este otro?', 16)),
  {
    topic: 'translated',
    entry: translated('ana', 'w2', '那个呢？', { edit: 0, at: at(17), translation: translation('zh-CN', '那个呢？') }),
  },
  inbound(recall('ana', 'w1', 20)),
  inbound(
    message('ana', 'w3', 'Gracias', { minute: 25, replyToExternalId: 'w2', orders: [order('2', at(2)), order('1', at(1))] }),
  ),
  { topic: 'reply', entry: second },
  { topic: 'reply-translated', entry: held(second, 'Enviado', 31) },
  { topic: 'reply', entry: retried },
  { topic: 'reply-translated', entry: ready(retried, 'Ya fue enviado', 41) },
  delivery(state('ana', 'k2', 'sent', { minute: 42, attempt: 2, externalIds: ['x3'] })),
];

let store: TestStore;
beforeAll(async () => {
  store = await startStore();
}, 60_000);
afterAll(() => store?.stop());

it('ends the same whatever the order and the batches', async () => {
  const expected = await viewAfter(ordered.map((step) => [step]));
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([...ordered.keys()], { minLength: ordered.length }),
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 30, maxLength: 30 }),
      fc.subarray([...ordered.keys()]),
      async (shuffled, sizes, repeated) => {
        const steps = [...shuffled, ...repeated].flatMap((index) => ordered[index] ?? []);
        expect(await viewAfter(batchesOf(steps, sizes))).toEqual(expected);
        expect(await timesSeen()).toEqual(timesSaid(steps));
      },
    ),
    { numRuns: 25 },
  );
}, 240_000);

it('ends the same when several are taken in side by side', async () => {
  const expected = await viewAfter(ordered.map((step) => [step]));
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([...ordered.keys()], { minLength: ordered.length }), async (shuffled) => {
      await store.empty();
      const steps = shuffled.flatMap((index) => ordered[index] ?? []);
      const lanes = [0, 1, 2, 3].map((lane) => steps.filter((_, index) => index % 4 === lane));
      await Promise.all(
        lanes.map(async (lane) => {
          for (const step of lane) await store.write((tx) => take(tx, [step]));
        }),
      );
      expect(await view()).toEqual(expected);
    }),
    { numRuns: 10 },
  );
}, 240_000);

function batchesOf(steps: Step[], sizes: number[]): Step[][] {
  const batches: Step[][] = [];
  for (let from = 0, turn = 0; from < steps.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    batches.push(steps.slice(from, from + size));
    from += size;
  }
  return batches;
}

async function viewAfter(batches: Step[][]): Promise<unknown> {
  await store.empty();
  for (const batch of batches) await store.write((tx) => take(tx, batch));
  return view();
}

async function take(tx: Transaction, batch: Step[]): Promise<void> {
  const of = (topic: Step['topic']): any[] => batch.filter((step) => step.topic === topic).map((step) => step.entry);
  await storeInbound(tx, of('inbound'));
  await attachTranslations(tx, of('translated'));
  await storeOutbound(tx, of('reply'));
  await attachOutbound(tx, of('reply-translated'));
  await applyDelivery(tx, of('delivery'));
}

/** How often each message of the buyer came. */
function timesSaid(steps: Step[]): Record<string, number> {
  const times: Record<string, number> = {};
  for (const { topic, entry } of steps) {
    if (topic !== 'inbound' || entry.kind !== 'message' || entry.direction !== 'inbound') continue;
    times[entry.externalId] = (times[entry.externalId] ?? 0) + 1;
  }
  return times;
}

async function timesSeen(): Promise<Record<string, number>> {
  const rows = await store.rows(`SELECT external_id, seen FROM conversations.messages WHERE direction = 'inbound'`);
  return Object.fromEntries(rows.map((row) => [row.external_id, row.seen]));
}

/** All rows but what tells the order of arrival (sequence, times of our clock, what follows from them) and the number of repeats. */
async function view(): Promise<unknown> {
  const messages = await store.rows(`SELECT * FROM conversations.messages ORDER BY id`);
  const sequences = messages.map((row) => Number(row.sequence)).sort((a, b) => a - b);
  const events = await store.events();
  return {
    gapFree: sequences.every((sequence, index) => sequence === index + 1),
    positions: events.every((event, index) => event.position === index + 1),
    onceEach: new Set(events.map((row) => row.event.id)).size === events.length,
    messages: messages.map(({ sequence: _, seen: _seen, ...row }) => row),
    contacts: await store.rows('SELECT id, name, country, language, facts_at FROM conversations.contacts'),
    conversations: await store.rows(
      `SELECT id, subject, state, language, orders, unread_count, reply_window, address, facts_at, on_its_way, created_at, last_sequence
       FROM conversations.conversations`,
    ),
    externalIds: await store.rows(
      'SELECT external_id, message_id, attempt, place FROM conversations.message_external_ids ORDER BY external_id',
    ),
    early: await store.rows('SELECT kind, target FROM conversations.early'),
    search: await store.rows('SELECT subject_id, source, terms FROM conversations.search_rows ORDER BY 1, 2'),
  };
}

function order(id: string, placedAt: string) {
  const nothing = { state: null, total: null, currency: null, items: [], tracking: [], url: null };
  return { id, number: `ML-${id}`, placedAt, ...nothing };
}

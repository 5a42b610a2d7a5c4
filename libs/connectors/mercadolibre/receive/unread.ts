import type { CursorContext, PollReceiver } from '@parley/connector';
import { call } from '../api';
import type { Settings } from '../settings';
import type { PushNotice } from './push';

const PAGE = 50;
const QUESTIONS_MAX = 1_000;
/** One message read elsewhere and another one come in between look like no change: so all are read again now and then. */
const AGAIN_MS = 60 * 60_000;

type Context = CursorContext<Settings>;
interface Waiting {
  readonly resource: string;
  readonly topic: 'conversation' | 'questions';
  /** How much of it waits. */
  readonly state: string;
}
/** By resource: its state, and when it was read. */
type Cursor = Readonly<Record<string, readonly [state: string, readAt: number]>>;

/** Conversations with unread messages and questions without an answer: nothing depends on a push having come. */
async function poll(context: Context): Promise<void> {
  const before = ((await context.loadCursor()) as Cursor | null) ?? {};
  const now = context.now();
  const waiting = [...(await unreadConversations(context)), ...(await openQuestions(context))];
  const due = waiting.filter(({ resource, topic, state }) => {
    const [known, readAt] = before[resource] ?? [];
    return known !== state || (topic === 'conversation' && now - (readAt ?? 0) >= AGAIN_MS);
  });
  if (due.length > 0)
    await context.appendNotices(
      due.map(({ topic, resource, state }) => ({
        dedupeKey: `poll|${resource}|${state}|${now}`,
        data: { topic, resource, userId: context.account.settings.sellerId } satisfies PushNotice,
      })),
    );
  const read = new Set(due);
  const cursor: Cursor = Object.fromEntries(
    waiting.map((one) => [one.resource, read.has(one) ? [one.state, now] : (before[one.resource] ?? [one.state, now])]),
  );
  await context.saveCursor(cursor);
}

/** At most 500 are told. */
async function unreadConversations(context: Context): Promise<Waiting[]> {
  const { data } = await call(context, '/messages/unread', { query: { role: 'seller', tag: 'post_sale' }, allow: [404] });
  return listIn(data, 'results').flatMap(({ resource, count }) =>
    typeof resource === 'string' ? [{ resource, topic: 'conversation' as const, state: String(count ?? '') }] : [],
  );
}

async function openQuestions(context: Context): Promise<Waiting[]> {
  const found: Waiting[] = [];
  for (let offset = 0; offset < QUESTIONS_MAX; ) {
    const query = {
      seller_id: context.account.settings.sellerId,
      status: 'UNANSWERED',
      api_version: 4,
      sort_fields: 'date_created',
      sort_types: 'DESC',
      limit: PAGE,
      offset,
    };
    const { data } = await call(context, '/questions/search', { query, allow: [404] });
    const questions = listIn(data, 'questions');
    for (const { id } of questions)
      if (id !== undefined) found.push({ resource: `/questions/${String(id)}`, topic: 'questions', state: 'UNANSWERED' });
    offset += questions.length;
    if (questions.length < PAGE) break;
  }
  return found;
}

function listIn(data: any, field: string): Record<string, unknown>[] {
  const list: unknown = Array.isArray(data) ? data : data?.[field];
  return Array.isArray(list) ? list.filter((one) => typeof one === 'object' && one !== null) : [];
}

export const unread: PollReceiver<Settings> = { kind: 'poll', name: 'unread', intervalMs: 5 * 60_000, poll };

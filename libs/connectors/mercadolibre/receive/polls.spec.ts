import type { FakeProvider } from '@parley/connector/testing';
import { FakeMercadoLibre, type Seen } from '../testing/fake-mercadolibre';
import { contextOf, lay, message, NOW, PACK, polling, push, question, readNotices, SELLER } from '../testing/fixtures';
import { missedFeeds } from './missed-feeds';
import { unread } from './unread';

let fake: FakeMercadoLibre;
let running: FakeProvider;
beforeEach(async () => {
  fake = new FakeMercadoLibre();
  running = await fake.start();
});
afterEach(() => running.close());

describe('missed feeds', () => {
  const feeds = Array.from({ length: 23 }, (_, index) => push({ resource: `m-${index}` }));
  /** Gives ten at once, whatever is asked for. */
  const layFeeds = () =>
    fake.routes.set('GET /missed_feeds', ({ query }: Seen) => {
      const offset = Number(query.get('offset'));
      return { status: 200, body: { messages: query.get('topic') === 'messages' ? feeds.slice(offset, offset + 10) : [] } };
    });

  it('are all taken, as pushes would be, and once', async () => {
    layFeeds();
    const polled = polling(contextOf(running.url));
    await missedFeeds.poll(polled);
    expect(polled.notices.map((notice) => (notice.data as { resource: string }).resource)).toEqual(feeds.map((f) => f.resource));
    expect(polled.notices[0]).toMatchObject({ dedupeKey: 'messages|m-0|2026-01-01T08:00:02.011Z', routeKey: SELLER });
    await missedFeeds.poll(polled);
    expect(polled.notices).toHaveLength(feeds.length);
    feeds.push(push({ resource: 'late' }), push({ user_id: 1, resource: 'of-another' }));
    await missedFeeds.poll(polled);
    expect(polled.notices.slice(23)).toEqual([expect.objectContaining({ data: expect.objectContaining({ resource: 'late' }) })]);
  });

  it.each([
    ['MLA', ['messages', 'questions', 'orders_v2', 'shipments', 'post_purchase']],
    ['CBT', expect.arrayContaining(['messages', 'marketplace_messages'])],
  ])('of a seller on %s are asked for by topic', async (siteId, topics) => {
    fake.routes.set('GET /missed_feeds', { messages: [] });
    await missedFeeds.poll(polling(contextOf(running.url, { siteId })));
    expect(fake.asked('/missed_feeds').map((seen) => seen.query.get('topic'))).toEqual(topics);
  });

  it('that were not stored are found again', async () => {
    layFeeds();
    const polled = polling(contextOf(running.url));
    const failing = { ...polled, appendNotices: () => Promise.reject(new Error('log is away')) };
    await expect(missedFeeds.poll(failing)).rejects.toThrow('log is away');
    expect(polled.cursor).toBeNull();
  });
});

describe('what is unread', () => {
  const RESOURCE = `/packs/${PACK}/sellers/${SELLER}`;
  const layUnread = (count: number) => fake.routes.set('GET /messages/unread', { results: [{ resource: RESOURCE, count }] });
  const layQuestions = (ids: readonly number[]) =>
    fake.routes.set('GET /questions/search', ({ query }: Seen) => {
      const offset = Number(query.get('offset'));
      return { status: 200, body: { questions: ids.slice(offset, offset + 50).map((id) => ({ id })) } };
    });
  const resources = (polled: ReturnType<typeof polling>) =>
    polled.notices.map((notice) => (notice.data as { resource: string }).resource);

  it('is read when it is new, when it grows, and once an hour', async () => {
    layUnread(1);
    layQuestions([1]);
    let now = NOW;
    const polled = polling(contextOf(running.url), () => now);
    await unread.poll(polled);
    expect(resources(polled)).toEqual([RESOURCE, '/questions/1']);
    await unread.poll(polled);
    expect(polled.notices).toHaveLength(2);
    layUnread(2);
    await unread.poll(polled);
    expect(resources(polled).slice(2)).toEqual([RESOURCE]);
    now += 60 * 60_000;
    await unread.poll(polled);
    expect(resources(polled).slice(3)).toEqual([RESOURCE]);
    expect(new Set(polled.notices.map((notice) => notice.dedupeKey)).size).toBe(4);
  });

  it('is taken whole when there are many questions', async () => {
    layUnread(0);
    layQuestions(Array.from({ length: 120 }, (_, index) => index + 1));
    const polled = polling(contextOf(running.url));
    await unread.poll(polled);
    expect(resources(polled).filter((resource) => resource.startsWith('/questions/'))).toHaveLength(120);
  });

  it('leads to the whole conversation, oldest first, and marks nothing as read', async () => {
    lay(fake);
    layUnread(2);
    const all = Array.from({ length: 23 }, (_, index) =>
      message({ id: `m-${index}`, message_date: { received: new Date(NOW - index * 1_000).toISOString() } }),
    );
    fake.routes.set(`GET /messages${RESOURCE}`, ({ query }: Seen) => {
      const offset = Number(query.get('offset'));
      const body = { paging: { total: all.length }, conversation_status: {}, messages: all.slice(offset, offset + 10) };
      return { status: 200, body };
    });
    fake.routes.set('GET /questions/search', { questions: [] });
    const context = contextOf(running.url);
    const polled = polling(context);
    await unread.poll(polled);
    const { events } = await readNotices(polled.notices, context);
    expect(events.map((event) => (event.kind === 'message' ? event.externalId : event.kind))).toEqual(
      all.map((one) => one.id).reverse(),
    );
    for (const one of fake.asked('/messages/packs/')) expect(one.query.get('mark_as_read')).toBe('false');
  });

  it('may be a question', async () => {
    fake.routes.set('GET /messages/unread', { results: [] });
    layQuestions([5036111111]);
    fake.routes.set('GET /questions/5036111111', question());
    const context = contextOf(running.url);
    const polled = polling(context);
    await unread.poll(polled);
    const { events } = await readNotices(polled.notices, context);
    expect(events).toEqual([expect.objectContaining({ externalId: 'question:5036111111' })]);
  });
});

import { createHash } from 'node:crypto';
import type { CursorContext, Notice, PollReceiver } from '@parley/connector';
import { call } from '../api';
import type { Settings } from '../settings';
import { noticeOf, pushSchema } from './push';

const TOPICS = ['messages', 'questions', 'orders_v2', 'shipments', 'post_purchase'];
const GLOBAL_TOPICS = ['marketplace_messages', 'marketplace_questions', 'marketplace_orders'];
const PAGE = 50;
const FEEDS_PER_TOPIC_MAX = 2_000;
/** As many as can be found in one round. */
const SEEN_MAX = FEEDS_PER_TOPIC_MAX * (TOPICS.length + GLOBAL_TOPICS.length);

type Context = CursorContext<Settings>;

/** Pushes that were not acknowledged in time are kept for two days, and are shown again and again. */
async function poll(context: Context): Promise<void> {
  const { siteId } = context.account.settings;
  const seen = new Set(((await context.loadCursor()) as string[] | null) ?? []);
  for (const topic of siteId === 'CBT' ? [...TOPICS, ...GLOBAL_TOPICS] : TOPICS) {
    const fresh = (await missed(topic, context)).filter((notice) => !seen.has(markOf(notice)));
    if (fresh.length === 0) continue;
    await context.appendNotices(fresh);
    for (const notice of fresh) seen.add(markOf(notice));
    await context.saveCursor([...seen].slice(-SEEN_MAX));
  }
}

/** Short: thousands of them are kept. */
const markOf = (notice: Notice): string => createHash('sha256').update(notice.dedupeKey).digest('base64url').slice(0, 12);

async function missed(topic: string, context: Context): Promise<Notice[]> {
  const { clientId, sellerId } = context.account.settings;
  const notices: Notice[] = [];
  // How many it gives at once is its own affair: a short page is not the last one, an empty page is.
  for (let offset = 0; offset < FEEDS_PER_TOPIC_MAX; ) {
    const query = { app_id: clientId, topic, offset, limit: PAGE };
    const { data } = await call(context, '/missed_feeds', { query, allow: [404] });
    const feeds: unknown[] = Array.isArray(data) ? data : Array.isArray(data?.messages) ? data.messages : [];
    if (feeds.length === 0) break;
    offset += feeds.length;
    for (const feed of feeds) {
      const parsed = pushSchema.safeParse(feed);
      if (!parsed.success) context.log.warn('A missed notification has an unknown shape', { topic });
      // The feeds are those of the application; other sellers of it have accounts of their own.
      else if (parsed.data.user_id === sellerId) notices.push(noticeOf(parsed.data));
    }
  }
  return notices;
}

export const missedFeeds: PollReceiver<Settings> = { kind: 'poll', name: 'missed-feeds', intervalMs: 15 * 60_000, poll };

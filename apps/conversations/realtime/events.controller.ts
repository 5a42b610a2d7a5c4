import { Controller } from '@nestjs/common';
import { cloudEventSchema, type EventType, eventTypes } from '@parley/model';
import { House } from '@parley/runtime';
import { z } from 'zod';
import { Call, FromQuery } from '../api/call/call';
import { accountsOf, By, type Caller, type Exchange, Over } from '../api/call/caller';
import { MediaLinks } from '../api/media-links';
import { invalidCursor, listOf, time } from '../api/page';
import { type EventQuery, type EventRow, parseEventCursor, readEvents } from '../store';
import { EventFeed } from './event-feed';
import { startEventStream } from './sse';

const typeNames = Object.keys(eventTypes) as [EventType, ...EventType[]];
const eventsQuery = z.strictObject({
  after: z.string().max(100).optional().describe('Cursor: events behind it.'),
  since: time.optional().describe('Events written at this time or later.'),
  types: listOf(z.enum(typeNames)).optional(),
  conversationId: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
type Query = z.infer<typeof eventsQuery>;
const pageSchema = z.object({
  data: z.array(z.object({ cursor: z.string(), event: cloudEventSchema })),
  nextCursor: z.string().nullable(),
});

/** How many looks one page may take where a filter lets little pass. */
const LOOKS_MAX = 50;

/** The public event stream: history in pages, and live. */
@Controller()
export class EventsController {
  constructor(
    private readonly house: House,
    private readonly feed: EventFeed,
    private readonly links: MediaLinks,
  ) {}

  @Call('GET /v1/events', {
    summary: 'The event stream',
    description:
      '`Accept: text/event-stream`: live, from `after`, `since` or `Last-Event-ID` on, else from now. `application/x-ndjson`: a page of history, one `{ "cursor", "event" }` a line, oldest first. `application/json`: the same as a list.',
    tag: 'Events',
    scopes: ['events:read'],
    answer: pageSchema,
    answerTypes: ['application/x-ndjson', 'text/event-stream', 'application/json'],
  })
  async events(@By() caller: Caller, @FromQuery(eventsQuery) query: Query, @Over() over: Exchange): Promise<unknown> {
    const accept = over.request.headers.accept ?? '';
    if (accept.includes('text/event-stream')) return this.live(caller, query, over);
    const { rows, scannedTo, more } = await this.page(caller, query);
    const data = rows.map(({ cursor, event }) => ({ cursor, event: this.links.in(caller.merchant.id, event) }));
    over.reply.header('parley-cursor', String(scannedTo));
    if (accept.includes('application/json')) return { data, nextCursor: more ? String(scannedTo) : null };
    over.reply.type('application/x-ndjson; charset=utf-8');
    return data.map((line) => `${JSON.stringify(line)}\n`).join('');
  }

  private live(caller: Caller, query: Query, { request, reply }: Exchange): void {
    const { id: merchantId } = caller.merchant;
    const lastId = request.headers['last-event-id'];
    const after = positionOf(typeof lastId === 'string' && lastId !== '' ? lastId : query.after);
    const { types, conversationId, since } = query;
    const sink = startEventStream(reply, (event) => this.links.in(merchantId, event));
    const filter = { types, conversationId, since: after === null ? since : undefined, accountIds: accountsOf(caller) };
    sink.onGone(this.feed.follow(merchantId, after, filter, sink));
  }

  private async page(caller: Caller, query: Query): Promise<{ rows: EventRow[]; scannedTo: number; more: boolean }> {
    const merchantId = caller.merchant.id;
    const after = positionOf(query.after);
    const { since, types, conversationId, limit } = query;
    const last = await this.feed.position(merchantId);
    const rows: EventRow[] = [];
    let wanted: EventQuery = { after: after ?? 0, since, types, conversationId, limit, accountIds: accountsOf(caller) };
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      const found = await this.house.database.transaction(merchantId, (client) => readEvents(client, merchantId, wanted));
      rows.push(...found.rows);
      wanted = { ...wanted, after: found.scannedTo, since: undefined, limit: limit - rows.length };
      if (rows.length >= limit || found.scannedTo >= last) break;
    }
    const scannedTo = wanted.after ?? 0;
    return { rows, scannedTo, more: scannedTo < last };
  }
}

/** Null where none is given. @throws ProblemError 400 */
export function positionOf(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  const position = parseEventCursor(cursor);
  if (position === null) throw invalidCursor(undefined, 'after');
  return position;
}

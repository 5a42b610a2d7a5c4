import { type CloudEvent, dataSchemaPath, type EventData, type EventType, eventId, ParleyError } from '@parley/model';
import type { PoolClient } from 'pg';
import { rawColumn, SEPARATOR } from './columns';

export type Queryable = Pick<PoolClient, 'query'>;

/** Channel of `NOTIFY` after each commit with events; payload: JSON array of merchant ids. */
export const EVENTS_CHANNEL = 'parley_events';
/** Channel of `NOTIFY` after an account was made or changed; payload: its id. */
export const ACCOUNTS_CHANNEL = 'parley_accounts';

export interface EventDraft<T extends EventType = EventType> {
  readonly type: T;
  readonly merchantId: string;
  /** Null where no account is concerned. */
  readonly accountId: string | null;
  /** Conversation id; account or contact id where no conversation is concerned. */
  readonly subject: string;
  readonly conversationId: string | null;
  /** What tells this happening from others of its type and subject; the event's id is derived from the three. */
  readonly discriminator: string;
  readonly time: string;
  readonly data: EventData<T>;
}

/** An event as it will be written: its data are text by now, so that what it is about may change on. */
export interface PendingEvent {
  readonly id: string;
  readonly merchantId: string;
  readonly accountId: string | null;
  readonly conversationId: string | null;
  readonly type: EventType;
  readonly time: string;
  readonly json: string;
}

/** @param publicUrl where the schemas are served, without a slash at its end. */
export function writeEvent<T extends EventType>(draft: EventDraft<T>, publicUrl: string): PendingEvent {
  const { type, merchantId, accountId, conversationId, subject, time } = draft;
  const event: CloudEvent = {
    specversion: '1.0',
    id: eventId(type, subject, draft.discriminator),
    source: accountId ? `/merchants/${merchantId}/accounts/${accountId}` : `/merchants/${merchantId}`,
    type,
    subject,
    time,
    datacontenttype: 'application/json',
    dataschema: `${publicUrl}${dataSchemaPath(type)}`,
    data: draft.data,
  };
  return { id: event.id, merchantId, accountId, conversationId, type, time, json: JSON.stringify(event) };
}

/**
 * The counters are locked and moved first, merchants in sorted order. Each of the events, which come in their order, then gets the
 * next position of its merchant.
 */
const APPEND = `
WITH locked AS MATERIALIZED (
  SELECT m.id, w.count FROM conversations.merchants m
  JOIN unnest($1::text[], $2::int[]) AS w(id, count) ON w.id = m.id
  ORDER BY m.id FOR UPDATE OF m
), moved AS (
  UPDATE conversations.merchants m SET next_event = m.next_event + locked.count
  FROM locked WHERE m.id = locked.id
  RETURNING m.id, m.next_event - locked.count AS first
), stored AS (
  INSERT INTO conversations.events (merchant_id, position, id, account_id, conversation_id, type, time, event)
  SELECT e.merchant_id, moved.first + e.place, e.id, e.account_id, e.conversation_id, e.type, e.time, e.event::json
  FROM unnest($3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[],
    string_to_array($10, E'\\x1e')) AS e(merchant_id, place, id, account_id, conversation_id, type, time, event)
  JOIN moved ON moved.id = e.merchant_id
)
SELECT id, first FROM moved`;

const INSERT_OUTBOX = `
INSERT INTO conversations.outbox (merchant_id, position)
SELECT merchant_id, position FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS e(merchant_id, position, n) ORDER BY n`;

/**
 * Gives events their positions and writes them. Call it as the last thing before the commit: it locks each merchant's counter until
 * then (merchants in sorted order), which is what makes positions gap-free and visible in their order.
 * @returns the merchants concerned.
 */
export async function appendEvents(client: Queryable, events: readonly PendingEvent[], outbox: boolean): Promise<string[]> {
  if (events.length === 0) return [];
  const counts = new Map<string, number>();
  const places = events.map(({ merchantId }) => {
    const place = counts.get(merchantId) ?? 0;
    counts.set(merchantId, place + 1);
    return place;
  });
  const merchants = [...counts.keys()];
  const owners = events.map((event) => event.merchantId);
  const moved = await client.query<{ id: string; first: string }>({
    name: 'events-append',
    text: APPEND,
    values: [
      merchants,
      [...counts.values()],
      owners,
      places,
      events.map((event) => event.id),
      events.map((event) => event.accountId),
      events.map((event) => event.conversationId),
      events.map((event) => event.type),
      events.map((event) => event.time),
      rawColumn(events.map((event) => event.json)),
    ],
  });
  const firsts = new Map(moved.rows.map((row) => [row.id, Number(row.first)]));
  const unknown = merchants.find((merchant) => !firsts.has(merchant));
  if (unknown !== undefined) throw new ParleyError('unknown-merchant', `There is no merchant ${unknown}`);
  if (outbox) {
    const positions = owners.map((owner, index) => (firsts.get(owner) ?? 0) + (places[index] ?? 0));
    await client.query({ name: 'outbox-insert', text: INSERT_OUTBOX, values: [owners, positions] });
  }
  return merchants;
}

const NOTIFY_BYTES_MAX = 7_000;

/** Payloads for `EVENTS_CHANNEL` that name these merchants; several where one would be too long for Postgres. */
export function eventNotices(merchants: readonly string[]): string[] {
  const notices: string[] = [];
  let batch: string[] = [];
  let bytes = 0;
  for (const merchant of merchants) {
    if (bytes + merchant.length + 3 > NOTIFY_BYTES_MAX) {
      notices.push(JSON.stringify(batch));
      batch = [];
      bytes = 0;
    }
    batch.push(merchant);
    bytes += Buffer.byteLength(merchant) + 3;
  }
  if (batch.length > 0) notices.push(JSON.stringify(batch));
  return notices;
}

export interface EventRow {
  readonly position: number;
  /** Opaque to callers of the API. */
  readonly cursor: string;
  readonly conversationId: string | null;
  readonly type: string;
  readonly event: CloudEvent;
}

export interface EventQuery {
  /** Position after which to read; 0 or absent: from the start. */
  readonly after?: number;
  /** RFC 3339; leaves out what was written before it. */
  readonly since?: string;
  readonly types?: readonly string[];
  readonly conversationId?: string;
  /** Only events of these accounts: for a key bound to accounts. */
  readonly accountIds?: readonly string[];
  /** At most 1000. */
  readonly limit: number;
}

const EVENTS_MAX = 1000;
/** How many positions one call looks through at most when a filter lets few of them pass. */
const SCAN_MAX = 20_000;

/**
 * Events in the order of their positions, oldest first. `scannedTo` is how far the stream was looked through: read on from there,
 * also when `rows` is empty. There is nothing more, for now, when it equals `lastEventPosition`.
 */
export async function readEvents(
  client: Queryable,
  merchantId: string,
  query: EventQuery,
): Promise<{ rows: EventRow[]; scannedTo: number }> {
  const limit = Math.max(1, Math.min(query.limit, EVENTS_MAX));
  const start = Math.max(query.after ?? 0, query.since ? await positionBefore(client, merchantId, query.since) : 0);
  const last = await lastEventPosition(client, merchantId);
  const end = query.conversationId ? last : Math.min(last, start + SCAN_MAX);
  if (end <= start) return { rows: [], scannedTo: Math.max(start, 0) };
  const { rows } = await client.query<{ position: string; conversation_id: string | null; type: string; event: CloudEvent }>({
    text: `SELECT position, conversation_id, type, event FROM conversations.events
      WHERE merchant_id = $1 AND position > $2 AND position <= $3
        AND ($4::text IS NULL OR conversation_id = $4)
        AND ($5::text[] IS NULL OR type = ANY($5)) AND ($6::text[] IS NULL OR account_id = ANY($6))
      ORDER BY position LIMIT $7`,
    values: [merchantId, start, end, query.conversationId ?? null, query.types ?? null, query.accountIds ?? null, limit],
  });
  const events = rows.map((row) => ({
    position: Number(row.position),
    cursor: row.position,
    conversationId: row.conversation_id,
    type: row.type,
    event: row.event,
  }));
  return { rows: events, scannedTo: events.length === limit ? (events.at(-1)?.position ?? end) : end };
}

/** Position of the merchant's newest event, 0 if none. */
export async function lastEventPosition(client: Queryable, merchantId: string): Promise<number> {
  const { rows } = await client.query<{ position: string | null }>(
    'SELECT max(position) AS position FROM conversations.events WHERE merchant_id = $1',
    [merchantId],
  );
  return Number(rows[0]?.position ?? 0);
}

/**
 * Position right before the first event written at or after a time. Positions are given in the order of commits while `written_at`
 * is when the transaction began, so times may step back a little from one position to the next: halving finds a
 * place that is right up to that, and what a transaction's length may have hidden is looked at again.
 */
async function positionBefore(client: Queryable, merchantId: string, since: string): Promise<number> {
  const time = new Date(Date.parse(since) - LONGEST_TRANSACTION_MS).toISOString();
  let low = 0;
  let high = await lastEventPosition(client, merchantId);
  while (low < high) {
    const middle = Math.floor((low + high) / 2) + 1;
    const { rows } = await client.query<{ before: boolean }>(
      `SELECT written_at < $3 AS before FROM conversations.events
       WHERE merchant_id = $1 AND position >= $2 ORDER BY position LIMIT 1`,
      [merchantId, middle, time],
    );
    if (rows[0]?.before) low = middle;
    else high = middle - 1;
  }
  return low;
}
const LONGEST_TRANSACTION_MS = 60_000;

/** Null when the text is no cursor of ours. */
export function parseEventCursor(cursor: string): number | null {
  if (!/^\d{1,15}$/.test(cursor)) return null;
  return Number(cursor);
}

export { SEPARATOR };

import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { House } from '@parley/runtime';
import { EVENTS_CHANNEL, type EventRow, lastEventPosition, readEvents } from '../store';

/** Which events somebody wants. */
export interface FeedFilter {
  readonly types?: readonly string[];
  readonly conversationId?: string;
  readonly accountIds?: readonly string[];
  /** RFC 3339. */
  readonly since?: string;
}

/** Where they go. A sink says how full it is; whoever lets it fill up is cut off. */
export interface Sink {
  event(row: EventRow): void;
  /** All that was there is told; what follows is live. */
  ready(cursor: string): void;
  /** Bytes that wait to be taken. */
  backlog(): number;
  /** The feed is over: too slow, or something broke. */
  end(reason: 'too-slow' | 'failed' | 'stopping'): void;
}

const PAGE = 200;
const LIVE_PAGE = 500;
const BACKLOG_MAX = 4 * 1024 * 1024;
const BACKLOG_LOW = 256 * 1024;
const DRAIN_MS_MAX = 30_000;
const DRAIN_LOOK_MS = 25;
/** A notification can get lost with its connection; the next look is never further away than this. */
const LOOK_EVERY_MS = 10_000;

/**
 * The event stream, live. Each merchant with somebody listening has one reader, whatever the number of listeners: woken by the
 * database, it reads what is new once and hands it round. A listener who starts in the past reads on its own until it has
 * caught up, then joins; between the last look and the joining nothing can happen, so nothing is missed or told twice.
 */
@Injectable()
export class EventFeed implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly tails = new Map<string, Tail>();
  private unlisten: (() => Promise<void>) | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly house: House) {}

  async onApplicationBootstrap(): Promise<void> {
    this.unlisten = await this.house.database.listen(EVENTS_CHANNEL, (payload) => this.wake(payload));
    this.timer = setInterval(() => this.wake(''), LOOK_EVERY_MS);
    this.timer.unref();
    this.house.stopping.addEventListener('abort', () => this.endAll(), { once: true });
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.endAll();
    await this.unlisten?.().catch(() => undefined);
  }

  /** Newest position of a merchant's stream. */
  position(merchantId: string): Promise<number> {
    return this.house.database.transaction(merchantId, (client) => lastEventPosition(client, merchantId));
  }

  /** @param after null: from now on. @returns the function that ends it. */
  follow(merchantId: string, after: number | null, filter: FeedFilter, sink: Sink): () => void {
    const listener: Listener = { filter, sink, position: after ?? 0, over: this.house.stopping.aborted };
    if (listener.over) sink.end('stopping');
    else void this.run(merchantId, after === null && filter.since === undefined, listener);
    return () => {
      listener.over = true;
      this.leave(merchantId, listener);
    };
  }

  private async run(merchantId: string, fromNow: boolean, listener: Listener): Promise<void> {
    try {
      const tail = await this.join(merchantId);
      if (fromNow) {
        listener.position = tail.position;
        goLive(tail, listener);
        return;
      }
      // A cursor from a stream that was longer once would be silent until this one is as long.
      if (listener.position > tail.position) listener.position = Math.min(listener.position, await this.position(merchantId));
      await this.catchUp(merchantId, tail, listener);
    } catch (err) {
      this.house.log.warn({ err, merchantId }, 'Events could not be read for a listener');
      this.end(merchantId, listener, 'failed');
    } finally {
      this.letGo(merchantId);
    }
  }

  private async catchUp(merchantId: string, tail: Tail, listener: Listener): Promise<void> {
    const { filter, sink } = listener;
    for (let first = true; !listener.over; first = false) {
      if (this.house.stopping.aborted) return this.end(merchantId, listener, 'stopping');
      const query = { ...filter, after: listener.position, limit: PAGE, since: first ? filter.since : undefined };
      const { rows, scannedTo } = await this.house.database.transaction(merchantId, (client) =>
        readEvents(client, merchantId, query),
      );
      if (listener.over) return;
      for (const row of rows) sink.event(row);
      listener.position = Math.max(listener.position, scannedTo);
      if (listener.position >= tail.position) return goLive(tail, listener);
      if (!(await drained(listener))) return this.end(merchantId, listener, 'too-slow');
    }
  }

  /** The merchant's reader, started with its first listener. `letGo` follows. */
  private async join(merchantId: string): Promise<Tail> {
    const tail = this.tails.get(merchantId) ?? new Tail(this.position(merchantId));
    this.tails.set(merchantId, tail);
    tail.joining += 1;
    await tail.start();
    return tail;
  }

  private letGo(merchantId: string): void {
    const tail = this.tails.get(merchantId);
    if (!tail) return;
    tail.joining -= 1;
    this.forget(merchantId, tail);
  }

  private leave(merchantId: string, listener: Listener): void {
    const tail = this.tails.get(merchantId);
    if (tail?.listeners.delete(listener)) this.forget(merchantId, tail);
  }

  private forget(merchantId: string, tail: Tail): void {
    if (tail.joining === 0 && tail.listeners.size === 0) this.tails.delete(merchantId);
  }

  /** @param payload JSON list of merchants; empty: look for yourself. */
  private wake(payload: string): void {
    const merchants = payload === '' ? [...this.tails.keys()] : (JSON.parse(payload) as string[]);
    for (const merchantId of merchants) {
      const tail = this.tails.get(merchantId);
      if (tail) void this.read(merchantId, tail);
    }
  }

  /** One at a time: whoever wakes it meanwhile makes it look once more. */
  private async read(merchantId: string, tail: Tail): Promise<void> {
    tail.wanted = true;
    if (tail.reading) return;
    tail.reading = true;
    try {
      await tail.start();
      while (tail.wanted && this.tails.get(merchantId) === tail) {
        tail.wanted = false;
        while (await this.readOnce(merchantId, tail));
      }
    } catch (err) {
      // The next notification, or the next look, finds the same events again.
      this.house.log.warn({ err, merchantId }, 'New events could not be read');
    } finally {
      tail.reading = false;
    }
  }

  /** True while there is more. */
  private async readOnce(merchantId: string, tail: Tail): Promise<boolean> {
    const { rows, scannedTo } = await this.house.database.transaction(merchantId, (client) =>
      readEvents(client, merchantId, { after: tail.position, limit: LIVE_PAGE }),
    );
    for (const listener of [...tail.listeners]) this.hand(merchantId, listener, rows);
    tail.position = Math.max(tail.position, scannedTo);
    return rows.length === LIVE_PAGE;
  }

  private hand(merchantId: string, listener: Listener, rows: readonly EventRow[]): void {
    for (const row of rows) {
      if (listener.over) return;
      if (row.position <= listener.position) continue;
      listener.position = row.position;
      if (!passes(row, listener.filter)) continue;
      listener.sink.event(row);
      if (listener.sink.backlog() > BACKLOG_MAX) this.end(merchantId, listener, 'too-slow');
    }
  }

  private end(merchantId: string, listener: Listener, reason: 'too-slow' | 'failed' | 'stopping'): void {
    if (listener.over) return;
    listener.over = true;
    this.leave(merchantId, listener);
    listener.sink.end(reason);
  }

  private endAll(): void {
    for (const [merchantId, tail] of this.tails) {
      for (const listener of [...tail.listeners]) this.end(merchantId, listener, 'stopping');
    }
  }
}

interface Listener {
  readonly filter: FeedFilter;
  readonly sink: Sink;
  /** Everything up to here was told, or is not wanted. */
  position: number;
  over: boolean;
}

/** A merchant's reader. */
class Tail {
  readonly listeners = new Set<Listener>();
  position = 0;
  joining = 0;
  reading = false;
  wanted = false;
  private readonly started: Promise<void>;

  constructor(start: Promise<number>) {
    this.started = start.then((position) => {
      this.position = position;
    });
    this.started.catch(() => undefined);
  }

  start(): Promise<void> {
    return this.started;
  }
}

/** In one go with the look at the reader's position: what it reads from now on reaches this listener too. */
function goLive(tail: Tail, listener: Listener): void {
  if (listener.over) return;
  tail.listeners.add(listener);
  listener.sink.ready(String(listener.position));
}

/** Waits until the sink has room again. False when it takes nothing. */
async function drained(listener: Listener): Promise<boolean> {
  const giveUpAt = Date.now() + DRAIN_MS_MAX;
  while (!listener.over && listener.sink.backlog() > BACKLOG_LOW) {
    if (Date.now() > giveUpAt) return false;
    await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
  }
  return true;
}

function passes(row: EventRow, { types, conversationId, accountIds }: FeedFilter): boolean {
  if (types && !types.includes(row.type)) return false;
  if (conversationId && row.conversationId !== conversationId) return false;
  return !accountIds || accountIds.includes(accountOf(row));
}

/** `/merchants/{merchant}/accounts/{account}` */
const accountOf = (row: EventRow): string => row.event.source.split('/')[4] ?? '';

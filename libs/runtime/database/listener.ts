import { Client, escapeIdentifier } from 'pg';
import type { Logger } from '../logger';

type OnPayload = (payload: string) => void;

const RETRY_MS_FIRST = 100;
const RETRY_MS_MAX = 5_000;
const PING_MS = 15_000;
const PING_TIMEOUT_MS = 5_000;

/**
 * One connection that listens for all of the process. Notifications sent while it was away are gone, so after each
 * reconnect every listener is called once with an empty payload: "look for yourself".
 */
export class Listener {
  private readonly listeners = new Map<string, Set<OnPayload>>();
  private client: Client | undefined;
  private connecting: Promise<void> | undefined;
  private closed = false;
  private turn: Promise<unknown> = Promise.resolve();
  private reconnecting = false;
  private pinger: NodeJS.Timeout | undefined;

  constructor(
    private readonly connect: () => Client,
    private readonly log: Logger,
  ) {}

  /** Resolves once notifications arrive; rejects when the database cannot be reached now. */
  async listen(channel: string, onPayload: OnPayload): Promise<() => Promise<void>> {
    const listeners = this.listeners.get(channel) ?? new Set<OnPayload>();
    listeners.add(onPayload);
    this.listeners.set(channel, listeners);
    try {
      await this.ensureConnected();
      await this.inTurn(`LISTEN ${escapeIdentifier(channel)}`);
    } catch (error) {
      this.forget(channel, onPayload);
      throw error;
    }
    return async () => {
      if (this.forget(channel, onPayload)) await this.inTurn(`UNLISTEN ${escapeIdentifier(channel)}`).catch(() => undefined);
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.pinger);
    this.listeners.clear();
    await this.client?.end().catch(() => undefined);
  }

  /** A connection answers one question at a time. */
  private inTurn(sql: string): Promise<unknown> {
    const asked = this.turn.then(() => this.client?.query(sql));
    this.turn = asked.catch(() => undefined);
    return asked;
  }

  /** True when the channel has no listener left. */
  private forget(channel: string, onPayload: OnPayload): boolean {
    const listeners = this.listeners.get(channel);
    listeners?.delete(onPayload);
    if (listeners?.size !== 0) return false;
    this.listeners.delete(channel);
    return true;
  }

  private async ensureConnected(): Promise<void> {
    if (this.client) return;
    this.connecting ??= this.open().finally(() => {
      this.connecting = undefined;
    });
    await this.connecting;
  }

  private async open(): Promise<void> {
    const client = this.connect();
    let open = true;
    // One that never came to serve is no loss: whoever tried to open it tries again.
    let served = false;
    const lost = () => {
      if (!open) return;
      open = false;
      if (this.client === client) this.client = undefined;
      clearInterval(this.pinger);
      // What it was asked for is never answered; its socket must not stay.
      void client.end().catch(() => undefined);
      if (!this.closed && served) void this.reconnect();
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ channel, payload }) => this.tell(channel, payload ?? ''));
    await client.connect();
    for (const channel of this.listeners.keys()) await client.query(`LISTEN ${escapeIdentifier(channel)}`);
    if (!open) throw new Error('The connection was lost while it was made');
    served = true;
    this.client = client;
    this.turn = Promise.resolve();
    this.pinger = setInterval(() => void this.ping(client), PING_MS);
    this.pinger.unref();
  }

  private async reconnect(): Promise<void> {
    if (this.reconnecting) return;
    this.reconnecting = true;
    this.log.warn('Lost the connection that listens for notifications');
    for (let retryMs = RETRY_MS_FIRST; !this.closed && !this.client; retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)) {
      await new Promise((resolve) => setTimeout(resolve, retryMs));
      try {
        await this.ensureConnected();
        this.log.info('Listening for notifications again');
        for (const channel of this.listeners.keys()) this.tell(channel, '');
      } catch (err) {
        this.log.debug({ err }, 'Still no connection to listen on');
      }
    }
    this.reconnecting = false;
  }

  /** A connection that is half open says nothing for ever: ask, and cut it when no answer comes. */
  private async ping(client: Client): Promise<void> {
    const timer = setTimeout(() => client.emit('error', new Error('no answer to a ping')), PING_TIMEOUT_MS);
    try {
      await this.inTurn('SELECT 1');
    } catch (err) {
      this.log.debug({ err }, 'Ping on the listening connection failed');
    } finally {
      clearTimeout(timer);
    }
  }

  private tell(channel: string, payload: string): void {
    for (const onPayload of this.listeners.get(channel) ?? []) {
      try {
        onPayload(payload);
      } catch (err) {
        this.log.error({ err, channel }, 'A listener failed');
      }
    }
  }
}

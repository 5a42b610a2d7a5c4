import { createHmac } from 'node:crypto';
import {
  type Connector,
  type CursorContext,
  defineConnector,
  equalsSecret,
  type Notice,
  type RawItem,
  type Receiver,
  readJsonBody,
  WebhookRejection,
} from '@parley/connector';
import type { EventLog, LogRecord } from '@parley/event-log';
import type { DeadLetter, NoticeEntry, RawInbound } from '@parley/model';
import { type Account, createLogger, type Database, type House, type MediaInfo, PostgresLeases } from '@parley/runtime';
import { Registry } from 'prom-client';
import { z } from 'zod';
import type { Channels } from '../channels';

export const SECRET = 'shared with the channel';

export const sign = (body: string | Uint8Array): string => createHmac('sha256', SECRET).update(body).digest('hex');

/** A channel whose body is `{ items: [{ id, to?, text }], notices: [id] }`, signed in `x-signature`. */
export const pushing: Receiver<any> = {
  kind: 'webhook',
  handshake: (request) => {
    if (request.query['token'] !== SECRET) throw new WebhookRejection(403, 'wrong-token', 'The token is another.');
    return { status: 200, body: request.query['challenge'] ?? '' };
  },
  accept: (request) => {
    if (!equalsSecret(request.headers['x-signature'] ?? '', sign(request.rawBody)))
      throw new WebhookRejection(401, 'forged', 'The signature is not ours.');
    const body = readJsonBody(request.rawBody) as { items?: { id: string; to?: string; in?: string }[]; notices?: string[] };
    if (typeof body !== 'object' || !Array.isArray(body.items ?? []))
      throw new WebhookRejection(400, 'malformed-body', 'Items must be a list.', '/items');
    const items = (body.items ?? []).map(
      (item): RawItem => ({ dedupeKey: item.id, orderKey: item.in, routeKey: item.to, content: { json: item } }),
    );
    return { items, notices: (body.notices ?? []).map((id): Notice => ({ dedupeKey: id, data: { id } })) };
  },
};

export function scripted(receive: readonly Receiver<any>[]): Connector {
  return defineConnector<{ number: string }, unknown>({
    channel: 'scripted',
    title: 'Scripted',
    capabilities: {} as Connector['capabilities'],
    settings: z.object({ number: z.string() }),
    routeKey: (settings) => settings.number,
    receive,
    normalize: () => [],
    render: () => ({ requests: [], losses: [] }),
    send: async () => ({ externalId: 'none' }),
  });
}

interface Appended {
  readonly topic: string;
  readonly key: string;
  readonly entry: any;
}

/** One process that takes in, with a log that only remembers. */
export class Stage {
  readonly appended: Appended[] = [];
  readonly blobs = new Map<string, Uint8Array>();
  readonly accounts = new Map<string, Account>();
  connector: Connector = scripted([pushing]);
  /** Thrown by the next appends. */
  logError: Error | undefined;
  readonly house: House;
  private readonly listeners = new Set<(accountId: string) => void>();

  constructor(database?: Database) {
    const log = createLogger({ name: 'test', level: 'silent' });
    this.house = {
      config: { rateLimit: 50 },
      log,
      database,
      ...(database ? { leases: new PostgresLeases(database, log) } : {}),
      eventLog: { append: (topic: string, records: readonly LogRecord[]) => this.append(topic, records) } as unknown as EventLog,
      metrics: new Registry(),
      stopping: new AbortController().signal,
      media: {
        put: async (file: { source: string; bytes: Uint8Array }) => {
          this.blobs.set(`med_${file.source}`, file.bytes);
          return { id: `med_${file.source}` } as MediaInfo;
        },
      },
      accounts: {
        get: async (id: string) => this.accounts.get(id) ?? null,
        list: async () => [...this.accounts.values()],
        onChange: (listener: (accountId: string) => void) => {
          this.listeners.add(listener);
          return () => this.listeners.delete(listener);
        },
      },
    } as unknown as House;
  }

  readonly channels: Channels = {
    connectorFor: (channel) => (channel === this.connector.channel ? this.connector : undefined),
    factsOf: (account) => ({ ...account, settings: account.settings, signingKey: new Uint8Array(32) }),
    contextFor: (account, signal) =>
      ({ account, signal, now: Date.now, log: { info: () => {}, warn: () => {} } }) as unknown as CursorContext<any>,
  };

  account(id: string, settings: Partial<Account> = {}): Account {
    const account: Account = {
      id,
      merchantId: 'mer_1',
      channel: this.connector.channel,
      name: id,
      state: 'active',
      settings: { number: id },
      merchantLanguage: 'zh-CN',
      ...settings,
    };
    this.accounts.set(id, account);
    return account;
  }

  /** As the directory tells of a change. */
  changed(id: string): void {
    for (const listener of this.listeners) listener(id);
  }

  raw(): RawInbound[] {
    return this.of('inbound.raw');
  }
  noticed(): NoticeEntry[] {
    return this.of('inbound.notice');
  }
  dead(): DeadLetter[] {
    return this.of('dead.letter');
  }

  private of(topic: string): any[] {
    return this.appended.filter((record) => record.topic === topic).map((record) => record.entry);
  }

  private async append(topic: string, records: readonly LogRecord[]): Promise<void> {
    if (this.logError) throw this.logError;
    for (const { key, value } of records)
      this.appended.push({ topic, key, entry: JSON.parse(Buffer.from(value).toString('utf8')) });
  }
}

export async function until(check: () => boolean | Promise<boolean>, ms = 4_000): Promise<void> {
  const giveUpAt = Date.now() + ms;
  while (!(await check())) {
    if (Date.now() > giveUpAt) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

import {
  type Capabilities,
  type ChannelContext,
  type ChannelEvent,
  type Connector,
  defineConnector,
  type RawItemContent,
} from '@parley/connector';
import type { BatchContext, EntryBatch, EventLog, LogRecord } from '@parley/event-log';
import { type DeadLetter, type DeliveryEntry, type InboundEntry, mediaId, type RawInbound } from '@parley/model';
import { type Account, createLogger, type Database, type House, type MediaInfo } from '@parley/runtime';
import { Registry } from 'prom-client';
import { z } from 'zod';
import type { Channels } from '../channels';
import { MediaHosting } from '../media-hosting';
import { Normalizer } from '../normalizer';
import { RawController } from '../raw.controller';
import { Threads } from '../threads';

export const capabilities = {
  replyWindow: { hours: 24, then: 'template' },
} as unknown as Capabilities;

/** One process that understands, with a log that only remembers. The channel's `normalize` is given by the test. */
export class Stage {
  readonly appended: { readonly topic: string; readonly key: string; readonly entry: any }[] = [];
  readonly files = new Map<string, { readonly info: MediaInfo; readonly bytes: Uint8Array }>();
  readonly accounts = new Map<string, Account>();
  normalize: (json: any, content: RawItemContent) => readonly ChannelEvent[] | Promise<readonly ChannelEvent[]> = () => [];
  downloadMedia: Connector['downloadMedia'];
  /** Thrown by the store of files. */
  storeError: Error | undefined;
  readonly controller: RawController;

  constructor(database: Database, fileMs = 300) {
    const house = {
      log: createLogger({ name: 'test', level: 'silent' }),
      database,
      eventLog: { append: (topic: string, records: readonly LogRecord[]) => this.append(topic, records) } as unknown as EventLog,
      metrics: new Registry(),
      accounts: { get: async (id: string) => this.accounts.get(id) ?? null },
      media: {
        put: (file: { merchantId: string; source: string; bytes: Uint8Array; mime: string; name: string | null }) =>
          this.put(file),
        info: async (_merchantId: string, id: string) => this.files.get(id)?.info ?? null,
        read: async (_merchantId: string, id: string) => this.files.get(id) ?? null,
      },
    } as unknown as House;
    const channels = this.channels();
    const media = new MediaHosting(house, channels, { fileMs });
    this.controller = new RawController(house, new Normalizer(house, channels, new Threads(database), media));
    this.accounts.set('acc_1', {
      id: 'acc_1',
      merchantId: 'mer_1',
      channel: 'scripted',
      name: 'one',
      state: 'active',
      settings: {},
      merchantLanguage: 'zh-CN',
    });
  }

  async run(...entries: readonly RawInbound[]): Promise<void> {
    await this.controller.onRaw(batchOf(entries), quiet);
  }

  inbound(): InboundEntry[] {
    return this.of('inbound.message');
  }
  delivery(): DeliveryEntry[] {
    return this.of('outbound.delivery');
  }
  dead(): DeadLetter[] {
    return this.of('dead.letter');
  }

  private of(topic: string): any[] {
    return this.appended.filter((record) => record.topic === topic).map((record) => record.entry);
  }

  private channels(): Channels {
    const connector = () =>
      defineConnector<unknown, unknown>({
        channel: 'scripted',
        title: 'Scripted',
        capabilities,
        settings: z.unknown(),
        receive: [],
        normalize: (content) => this.normalize('json' in content ? content.json : null, content),
        render: () => ({ requests: [], losses: [] }),
        send: async () => ({ externalId: 'none' }),
        ...(this.downloadMedia ? { downloadMedia: this.downloadMedia } : {}),
      });
    return {
      connectorFor: (channel) => (channel === 'scripted' ? connector() : undefined),
      factsOf: (account) => ({ ...account, signingKey: new Uint8Array() }),
      contextFor: (account, signal) => ({ account, signal }) as unknown as ChannelContext<any>,
    };
  }

  private async put(file: { merchantId: string; source: string; bytes: Uint8Array; mime: string; name: string | null }) {
    if (this.storeError) throw this.storeError;
    const id = mediaId(file.merchantId, file.source);
    const { merchantId, mime, name, bytes } = file;
    const info: MediaInfo = { id, merchantId, mime, name, sizeBytes: bytes.byteLength, createdAt: new Date(0).toISOString() };
    this.files.set(id, { info, bytes });
    return info;
  }

  private async append(topic: string, records: readonly LogRecord[]): Promise<void> {
    for (const { key, value } of records)
      this.appended.push({ topic, key, entry: JSON.parse(Buffer.from(value).toString('utf8')) });
  }
}

export const rawEntry = (id: string, value: unknown, accountId = 'acc_1'): RawInbound => ({
  merchantId: 'mer_1',
  accountId,
  channel: 'scripted',
  id,
  merchantLanguage: 'zh-CN',
  receivedAt: '2026-05-01T10:00:05.000Z',
  content: { encoding: 'json', value },
});

const quiet: BatchContext = { signal: new AbortController().signal, progress: () => {}, commitIn: async () => {} };

/** Each entry's `in` is its order key. */
const batchOf = (entries: readonly RawInbound[]): EntryBatch<'inbound.raw'> => ({
  topic: 'inbound.raw',
  partition: 0,
  records: entries.map((entry, index) => {
    const value = entry.content.encoding === 'json' ? (entry.content.value as { in?: string } | null) : null;
    return { offset: BigInt(index), key: `${entry.accountId}/${value?.in ?? ''}`, appendedAt: 1, headers: {}, entry };
  }),
});

export function message(externalId: string, more: Partial<Extract<ChannelEvent, { kind: 'message' }>> = {}): ChannelEvent {
  return {
    kind: 'message',
    externalId,
    thread: { key: 'buyer-1', address: { to: 'buyer-1' } },
    author: { kind: 'buyer', id: 'buyer-1' },
    contact: { address: 'buyer-1' },
    parts: [{ kind: 'text', text: `text of ${externalId}` }],
    sentAt: new Date('2026-05-01T10:00:00Z'),
    ...more,
  };
}

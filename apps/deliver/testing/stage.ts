import {
  type Capabilities,
  type ChannelContext,
  ChannelError,
  type Connector,
  defineConnector,
  type SendContext,
  type SendResult,
} from '@parley/connector';
import type { EventLog, LogRecord } from '@parley/event-log';
import type { DeliveryEntry } from '@parley/model';
import { type Account, createLogger, type Database, type House, PostgresLeases } from '@parley/runtime';
import { Registry } from 'prom-client';
import { z } from 'zod';
import type { Channels } from '../channels';
import { Dispatcher, type DispatcherOptions } from '../dispatcher';
import type { ReadyEntry } from '../draft';
import { Jobs, PIPELINE } from '../jobs';

export interface ScriptedRequest {
  readonly messageId: string;
  readonly text: string;
  readonly part: number;
}

/** What the fake channel does with a request: answers, or throws. Called after the channel has noted it. */
export type Script = (request: ScriptedRequest, context: SendContext<any>) => Promise<SendResult> | SendResult;

const capabilities: Capabilities = {
  text: { maxLength: 100, unit: 'utf16', split: false },
  media: [],
  mediaPerMessage: 0,
  choiceOptionsMax: 0,
  choiceTitleMaxLength: 0,
  templates: false,
  location: false,
  contact: false,
  replyTo: false,
  reactions: false,
  edits: false,
  recalls: false,
  typing: false,
  markRead: false,
  startConversation: false,
  receipts: ['sent'],
  idempotentSend: false,
  rate: { perSecond: 1_000, burst: 1_000 },
  replyWindow: null,
};

/** A channel that does as it is told; one request per text part. */
export class ScriptedChannel {
  /** Texts in the order the channel took them, also those it then refused. */
  readonly taken: string[] = [];
  script: Script = (request) => ({ externalId: `ext-${request.messageId}-${request.part}` });
  reconcile: Connector['reconcile'];
  capabilities: Capabilities = capabilities;
  /** Further abilities. */
  more: Partial<Connector> = {};

  connector(): Connector {
    const made = defineConnector<unknown, ScriptedRequest>({
      channel: 'scripted',
      title: 'Scripted',
      capabilities: this.capabilities,
      settings: z.unknown(),
      receive: [],
      normalize: () => [],
      render: (draft) => ({
        requests: draft.parts.map((part, index) => ({
          messageId: draft.messageId,
          text: part.kind === 'text' ? part.text : part.kind,
          part: index,
        })),
        losses: [],
      }),
      send: async (request, context) => {
        this.taken.push(request.text);
        return this.script(request, context);
      },
    });
    return { ...made, ...(this.reconcile ? { reconcile: this.reconcile } : {}), ...this.more };
  }
}

/** Keeps what was appended. */
export class NotedLog {
  readonly delivery: DeliveryEntry[] = [];
  failNext = 0;

  asEventLog(): EventLog {
    return {
      append: async (topic: string, records: readonly LogRecord[]) => {
        if (this.failNext > 0) {
          this.failNext -= 1;
          throw new Error('the log is away');
        }
        if (topic !== 'outbound.delivery') return;
        for (const record of records) this.delivery.push(JSON.parse(Buffer.from(record.value).toString('utf8')));
      },
    } as unknown as EventLog;
  }

  statesOf(messageId: string): string[] {
    return this.delivery.flatMap((entry) => (entry.kind === 'state' && entry.messageId === messageId ? [entry.state] : []));
  }
}

/** One process that sends, over a database it may share with others. */
export class Stage {
  readonly channel = new ScriptedChannel();
  readonly log = new NotedLog();
  readonly accounts = new Map<string, Account>();
  readonly jobs: Jobs;
  readonly dispatcher: Dispatcher;
  readonly house: House;
  readonly channels: Channels = this.makeChannels();
  private readonly listeners = new Set<(accountId: string) => void>();

  constructor(
    readonly database: Database,
    options: DispatcherOptions = {},
  ) {
    this.jobs = new Jobs(database);
    const logger = createLogger({ name: 'test', level: 'silent' });
    this.house = {
      log: logger,
      database,
      eventLog: this.log.asEventLog(),
      leases: new PostgresLeases(database, logger),
      metrics: new Registry(),
      stopping: new AbortController().signal,
      accounts: {
        get: async (accountId: string) => this.accounts.get(accountId) ?? null,
        list: async () => [...this.accounts.values()],
        onChange: (listener: (accountId: string) => void) => {
          this.listeners.add(listener);
          return () => this.listeners.delete(listener);
        },
      },
    } as unknown as House;
    this.dispatcher = new Dispatcher(this.house, this.channels, {
      lookAfterMs: 60,
      idleMs: 300,
      scanMs: 500,
      drainMs: 300,
      ...options,
    });
  }

  account(id: string, state: Account['state'] = 'active'): Account {
    const account: Account = {
      id,
      merchantId: 'mer_1',
      channel: 'scripted',
      name: id,
      state,
      settings: {},
      merchantLanguage: 'zh-CN',
    };
    this.accounts.set(id, account);
    return account;
  }

  change(id: string, state: Account['state']): void {
    this.account(id, state);
    for (const listener of this.listeners) listener(id);
  }

  async submit(...entries: readonly ReadyEntry[]): Promise<void> {
    await this.database.transaction(PIPELINE, (client) => this.jobs.insert(client, entries));
    this.dispatcher.wake(entries.map((entry) => entry.accountId));
  }

  private makeChannels(): Channels {
    return {
      connectorFor: () => this.channel.connector(),
      contextFor: (account, signal) =>
        ({ account: { ...account, signingKey: new Uint8Array() }, signal, now: Date.now }) as unknown as ChannelContext<any>,
      openMediaFor: () => async () => {
        throw new ChannelError('rejected', 'there are no files');
      },
    };
  }
}

export interface ReplyOptions {
  readonly conversation?: string;
  readonly attempt?: number;
  readonly account?: string;
  readonly acceptedAt?: Date;
}

/** A reply that is ready to leave: one text part per text. */
export function reply(messageId: string, texts: readonly string[], options: ReplyOptions = {}): ReadyEntry {
  const parts = texts.map((text) => ({ kind: 'text' as const, text }));
  const at = (options.acceptedAt ?? new Date()).toISOString();
  return {
    merchantId: 'mer_1',
    accountId: options.account ?? 'acc_1',
    channel: 'scripted',
    conversationId: options.conversation ?? 'cnv_1',
    messageId,
    attempt: options.attempt ?? 1,
    author: { kind: 'agent', id: 'agt_1', name: null },
    parts,
    language: 'zh-CN',
    targetLanguage: null,
    translation: null,
    released: false,
    replyTo: null,
    contact: { id: 'con_1', address: 'buyer', name: null },
    address: { to: 'buyer' },
    subject: null,
    replyWindow: { openUntil: null, then: 'free' },
    context: [],
    clientKey: null,
    acceptedAt: at,
    outcome: { kind: 'ready', parts, language: 'zh-CN', translation: null },
    translatedAt: at,
  };
}

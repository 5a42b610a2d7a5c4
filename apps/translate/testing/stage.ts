import { type BatchContext, type EntryBatch, type EventLog, LogUnavailableError } from '@parley/event-log';
import {
  decodeEntry,
  type EntryOf,
  emptyGlossary,
  type Glossary,
  type InboundMessage,
  type InboundTranslated,
  messageId,
  type OutboundMessage,
  type OutboundTranslated,
  type Topic,
} from '@parley/model';
import { createLogger, type Database, type House } from '@parley/runtime';
import type { TranslateOutcome, TranslateRequest, Translator } from '@parley/translation';
import { Registry } from 'prom-client';
import { InboundController } from '../inbound.controller';
import { InboundRetries } from '../inbound-retries';
import { TranslateMetrics } from '../metrics';
import { OutboundController } from '../outbound.controller';

export type Script = (request: TranslateRequest) => TranslateOutcome | Promise<TranslateOutcome>;

const at = '2026-03-02T10:00:00.000Z';

/** The app over a real database, a log that only notes, and a translator that does as it is told. */
export class Stage {
  readonly asked: TranslateRequest[] = [];
  readonly inbound: InboundTranslated[] = [];
  readonly outbound: OutboundTranslated[] = [];
  script: Script = (request) => done(request, 'translated');
  glossary: Glossary = emptyGlossary;
  appendFails = 0;
  /** Statements that `commitIn` ran. */
  commits = 0;
  fenced = false;

  readonly inboundController: InboundController;
  readonly outboundController: OutboundController;
  readonly retries: InboundRetries;

  constructor(readonly database: Database) {
    const translator = {
      configured: true,
      engineStates: () => [],
      check: () => ({ entities: 'The number or code "AB-10234" is missing or changed.' }),
      translate: async (request: TranslateRequest) => {
        this.asked.push(request);
        return this.script(request);
      },
    } as unknown as Translator;
    const house = {
      log: createLogger({ name: 'test', level: 'silent' }),
      database,
      eventLog: { append: this.append.bind(this) } as unknown as EventLog,
      glossaries: { of: async () => this.glossary },
      accounts: { get: async () => ({ merchantLanguage: 'zh-CN' }) },
    } as unknown as House;
    const metrics = new TranslateMetrics(new Registry(), translator);
    this.retries = new InboundRetries(house, translator, metrics);
    this.inboundController = new InboundController(house, translator, metrics, this.retries);
    this.outboundController = new OutboundController(house, translator, metrics);
  }

  receive(...entries: EntryOf<'inbound.message'>[]): Promise<void> {
    return this.inboundController.onMessage(batchOf('inbound.message', entries), this.context());
  }

  reply(...entries: OutboundMessage[]): Promise<void> {
    return this.outboundController.onReply(batchOf('outbound.message', entries), this.context());
  }

  /** Runs what waits, whenever it is due. */
  async retryAll(): Promise<number> {
    await this.database.query('*', `UPDATE translate.retries SET due_at = now() - interval '1 second'`);
    return this.retries.work();
  }

  async waiting(): Promise<number> {
    const { rows } = await this.database.query('*', 'SELECT count(*)::integer AS count FROM translate.retries');
    return rows[0].count;
  }

  private context(): BatchContext {
    return {
      signal: new AbortController().signal,
      progress: () => undefined,
      commitIn: async (query) => {
        if (this.fenced) throw new Error('fenced');
        await query('SELECT 1', []);
        this.commits += 1;
      },
    };
  }

  private async append(topic: Topic, records: readonly { value: Uint8Array }[]): Promise<void> {
    if (this.appendFails > 0) {
      this.appendFails -= 1;
      throw new LogUnavailableError('The log is away');
    }
    for (const { value } of records) {
      if (topic === 'inbound.translated') this.inbound.push(decodeEntry('inbound.translated', value));
      if (topic === 'outbound.translated') this.outbound.push(decodeEntry('outbound.translated', value));
    }
  }
}

function batchOf<T extends Topic>(topic: T, entries: readonly EntryOf<T>[]): EntryBatch<T> {
  const records = entries.map((entry, index) => ({ offset: BigInt(index), key: 'key', appendedAt: 0, headers: {}, entry }));
  return { topic, partition: 0, records };
}

export function done(request: Pick<TranslateRequest, 'to'>, text: string): TranslateOutcome {
  const parts = [{ kind: 'text' as const, text }];
  const translation = { language: request.to, parts, engine: 'fake', checks: { entities: 'ok' }, editedBy: null };
  return { kind: 'done', translation: { ...translation, glossaryVersion: 0, durationMs: 5 } };
}

export const away: TranslateOutcome = {
  kind: 'unavailable',
  reason: { code: 'translation-unavailable', message: 'fake answered 503', retryable: true },
};

let count = 0;
export function buyerSays(text: string, more: Partial<InboundMessage> = {}): InboundMessage {
  count += 1;
  const externalId = `ext-${count}`;
  return {
    kind: 'message',
    merchantId: 'mer_1',
    accountId: 'acc_1',
    channel: 'whatsapp',
    conversationId: 'cnv_1',
    receivedAt: at,
    messageId: messageId('acc_1', externalId),
    merchantLanguage: 'zh-CN',
    externalId,
    direction: 'inbound',
    author: { kind: 'buyer', id: 'b', name: null },
    contact: { id: 'con_1', address: 'b', name: null, country: null, language: null, timeZone: null, verified: false },
    parts: [{ kind: 'text', text }],
    languageHint: null,
    replyToExternalId: null,
    clientKey: null,
    subject: null,
    address: {},
    replyWindow: { openUntil: null, then: 'free' },
    orders: [],
    automatic: false,
    attributes: {},
    sentAt: at,
    ...more,
  };
}

export function shopSays(text: string, more: Partial<OutboundMessage> = {}): OutboundMessage {
  count += 1;
  return {
    merchantId: 'mer_1',
    accountId: 'acc_1',
    channel: 'whatsapp',
    conversationId: 'cnv_1',
    messageId: `msg_${count}`,
    attempt: 1,
    author: { kind: 'agent', id: 'agt_1', name: null },
    parts: [{ kind: 'text', text }],
    language: 'zh-CN',
    targetLanguage: 'es',
    translation: null,
    released: false,
    replyTo: null,
    contact: { id: 'con_1', address: 'b', name: null },
    address: {},
    subject: null,
    replyWindow: { openUntil: null, then: 'free' },
    context: [],
    clientKey: null,
    acceptedAt: at,
    ...more,
  };
}

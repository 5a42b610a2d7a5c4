import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendEntries } from '@parley/event-log';
import { contactId, conversationId, type InboundMessage, messageId } from '@parley/model';
import { type RunningHouse, startApps } from '@parley/runtime';
import { conversations } from '../app';

export const API_KEY = 'pk_the_first_key_of_the_first_shop';
export const OPERATOR_KEY = 'ok_the_operator_of_this_house_here';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}

/** The API as its users have it: over HTTP, on its own database, with nobody else in the house. */
export async function startApi(env: NodeJS.ProcessEnv = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-test-api-'));
  const running = await startApps([conversations], {
    env: {
      PARLEY_DATA_DIR: dataDir,
      PARLEY_PORT: '0',
      PARLEY_LOG_LEVEL: 'silent',
      PARLEY_API_KEY: API_KEY,
      PARLEY_OPERATOR_KEY: OPERATOR_KEY,
      PARLEY_RATE_LIMIT: '0',
      PARLEY_MERCHANT_LANGUAGE: 'zh-CN',
      ...env,
    },
  });
  const ask = async (address: string, options: AskOptions = {}): Promise<Answer> => {
    const [method, path] = address.split(' ', 2) as [string, string];
    const { key = API_KEY, body, headers = {} } = options;
    const response = await fetch(running.url + path, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body !== undefined && !(body instanceof FormData) ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : body instanceof FormData || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: isJson(response) ? readable(text) : text };
  };
  return {
    ...running,
    ask,
    /** A buyer writes: as normalize would tell it. */
    say: (from: Sender, said: Partial<InboundMessage> & { readonly text?: string } = {}) => say(running, from, said),
    /** Entries of a topic; those of one key in their order. */
    async appended<T>(topic: string): Promise<T[]> {
      const { rows } = await running.house.database.query<{ value: Buffer }>(
        '*',
        `SELECT r.value FROM log.records r JOIN log.partitions p ON p.id = r.partition_id
         WHERE p.topic = $1 ORDER BY r.partition_id, r."offset"`,
        [topic],
      );
      return rows.map(({ value }) => JSON.parse(value.toString('utf8')) as T);
    },
    async end() {
      await running.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
export type RunningApi = Awaited<ReturnType<typeof startApi>>;

export interface AskOptions {
  /** Null: none. */
  readonly key?: string | null;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

const isJson = ({ headers }: Response): boolean =>
  /json\b/.test(headers.get('content-type') ?? '') && !/x-ndjson/.test(headers.get('content-type') ?? '');

function readable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export interface Sender {
  readonly merchantId: string;
  readonly accountId: string;
  readonly channel: string;
  readonly address: string;
}

let count = 0;

async function say({ house }: RunningHouse, from: Sender, said: Partial<InboundMessage> & { readonly text?: string }) {
  const { merchantId, accountId, channel, address } = from;
  const { text = 'Hola', ...rest } = said;
  const externalId = `ext-${++count}`;
  const at = new Date().toISOString();
  const entry: InboundMessage = {
    kind: 'message',
    merchantId,
    accountId,
    channel,
    conversationId: conversationId(accountId, address),
    messageId: messageId(accountId, externalId),
    merchantLanguage: 'zh-CN',
    externalId,
    direction: 'inbound',
    author: { kind: 'buyer', id: address, name: 'Lucía' },
    contact: {
      ...{ id: contactId(accountId, address), address, name: 'Lucía', country: 'MX' },
      ...{ language: null, timeZone: null, verified: true },
    },
    parts: [{ kind: 'text', text }],
    languageHint: null,
    replyToExternalId: null,
    clientKey: null,
    subject: null,
    address: { visitorId: address, to: address },
    replyWindow: { openUntil: null, then: 'free' },
    orders: [],
    automatic: false,
    attributes: {},
    sentAt: at,
    receivedAt: at,
    ...rest,
  };
  await appendEntries(house.eventLog, 'inbound.message', [{ key: entry.conversationId, entry }]);
  return entry;
}

/** Looks until it is so, for some seconds. */
export async function eventually<T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  const giveUpAt = Date.now() + 8_000;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (Date.now() > giveUpAt) throw new Error(`It did not come to that: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

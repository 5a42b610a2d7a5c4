import { createHash } from 'node:crypto';
import { inspect, isDeepStrictEqual } from 'node:util';
import type {
  AccountFacts,
  ChannelContext,
  ChannelEvent,
  ChannelLog,
  Connector,
  Credentials,
  OutboundDraft,
  RawItem,
  SendContext,
  WebhookAcceptance,
  WebhookReceiver,
  WebhookRequest,
} from '@parley/connector';
import type { Part } from '@parley/model';
import axios from 'axios';
import { z } from 'zod';
import type { ConnectorDriver, SampleMessage } from './driver';

/** What the core gives a connector, as the kit plays it. */

export const SIGNING_KEY = createHash('sha256').update('conformance').digest();
/** Shorter than the `slow` provider, longer than a busy machine needs. */
export const HTTP_TIMEOUT_MS = 1_000;
const DEAD_URL = 'http://127.0.0.1:9';

export function accountOf(connector: Connector, driver: ConnectorDriver, providerUrl = DEAD_URL): AccountFacts<any> {
  return {
    id: 'acc_conformance',
    merchantId: 'mer_conformance',
    name: 'Lamp shop',
    settings: connector.settings.parse(driver.settings(providerUrl)),
    merchantLanguage: 'zh-CN',
    signingKey: SIGNING_KEY,
  };
}

/** Keeps every log line, to be searched for what must not be in it. */
export class LogSpy implements ChannelLog {
  readonly lines: string[] = [];
  info = (message: string, fields?: Record<string, unknown>): void => this.keep(message, fields);
  warn = (message: string, fields?: Record<string, unknown>): void => this.keep(message, fields);
  private keep(message: string, fields?: Record<string, unknown>): void {
    this.lines.push(`${message} ${everythingIn(fields)}`);
  }
}

/** All that a logger could ever print of a value, causes and hidden fields included. */
export const everythingIn = (value: unknown): string =>
  inspect(value, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null, breakLength: Infinity });

export function contextOf(
  account: AccountFacts<any>,
  log: ChannelLog,
  signal = new AbortController().signal,
): ChannelContext<any> {
  return {
    account,
    http: axios.create({ timeout: HTTP_TIMEOUT_MS, maxContentLength: 32 * 1024 * 1024, proxy: false }),
    resolveHost: async (host) => host,
    credentials: credentialsOf(account),
    signal,
    log,
    now: () => Date.now(),
  };
}

/** Kept as long as the account, as in the house: a token that may be used once is used once. */
const kept = new WeakMap<AccountFacts<any>, Credentials>();

function credentialsOf(account: AccountFacts<any>): Credentials {
  const known = kept.get(account);
  if (known) return known;
  let stored: Record<string, unknown> | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  const credentials: Credentials = {
    current: async () => stored,
    renew: (stale, renew) => {
      const mine = turn.then(async () => {
        if (stored !== null && !isDeepStrictEqual(stored, stale)) return stored;
        stored = await renew(stored);
        return stored;
      });
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
  kept.set(account, credentials);
  return credentials;
}

export const sendContextOf = (context: ChannelContext<any>, messageId: string): SendContext<any> => ({
  ...context,
  messageId,
  openMedia: async () => ({ bytes: Buffer.from('conformance file'), mime: 'image/png', name: 'file.png' }),
  earlier: [],
});

export const webhookOf = (connector: Connector): WebhookReceiver<any> => {
  const receiver = connector.receive.find((one) => one.kind === 'webhook');
  if (!receiver) throw new Error(`${connector.channel} has no webhook receiver`);
  return receiver;
};

/** `count` messages of two buyers, taking turns. */
export const samples = (count: number, name = 'sample'): SampleMessage[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `${name}${index + 1}`,
    from: index % 2 === 0 ? '1' : '2',
    text: `${name} question ${index + 1}: is lámpara 青い still there? 🪔`,
    at: Date.UTC(2026, 0, 5, 10, 0, index),
  }));

/** What the core gets from these messages: items, also those that are only to be had by reading what a notice points to. */
export async function receive(
  connector: Connector,
  driver: ConnectorDriver,
  messages: readonly SampleMessage[],
  account: AccountFacts<any>,
): Promise<RawItem[]> {
  if (driver.inbound.kind === 'items') return [...(await driver.inbound.items(messages))];
  const requests = driver.inbound.requests(messages, SIGNING_KEY);
  const items: RawItem[] = [];
  for (const request of requests) items.push(...(await receiveOne(connector, request, account)));
  return items;
}

export async function receiveOne(connector: Connector, request: WebhookRequest, account: AccountFacts<any>): Promise<RawItem[]> {
  const receiver = webhookOf(connector);
  const acceptance: WebhookAcceptance = receiver.accept(request, account);
  const items = [...acceptance.items];
  for (const notice of acceptance.notices ?? []) {
    if (!receiver.read) throw new Error(`${connector.channel} gives notices but cannot read them`);
    items.push(...(await receiver.read(notice, contextOf(account, new LogSpy()))));
  }
  return items;
}

export async function normalizeAll(
  connector: Connector,
  items: readonly RawItem[],
  account: AccountFacts<any>,
): Promise<ChannelEvent[]> {
  const events: ChannelEvent[] = [];
  for (const item of items) events.push(...(await connector.normalize(throughTheLog(item.content), account)));
  return events;
}

/** The log keeps JSON and bytes, nothing else. */
export const throughTheLog = (content: RawItem['content']): RawItem['content'] =>
  'json' in content ? { json: JSON.parse(JSON.stringify(content.json)) } : { bytes: Uint8Array.from(content.bytes) };

export type MessageEvent = Extract<ChannelEvent, { kind: 'message' }>;
export const messagesIn = (events: readonly ChannelEvent[]): MessageEvent[] =>
  events.filter((event): event is MessageEvent => event.kind === 'message');

export const textOf = (event: MessageEvent): string =>
  event.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('\n');

/** An answer to a message that came in, as the core makes it. */
export function draftTo(event: MessageEvent, parts: readonly Part[]): OutboundDraft {
  return {
    messageId: 'msg_conformance0000000000000001',
    conversationId: 'cnv_conformance0000000000000001',
    attempt: 1,
    parts,
    language: 'es',
    original: null,
    author: { kind: 'agent', name: 'Wei' },
    address: event.thread.address,
    contact: { address: event.contact.address, name: event.contact.name ?? null },
    subject: event.thread.subject ?? null,
    replyTo: null,
    replyWindow: { openUntil: null, then: 'free' },
    acceptedAt: '2026-01-05T10:05:00.000Z',
  };
}

/** A message to answer, as the connector itself would give it. */
export async function someMessage(
  connector: Connector,
  driver: ConnectorDriver,
  account: AccountFacts<any>,
): Promise<MessageEvent> {
  const items = await receive(connector, driver, samples(1, 'first'), account);
  const [event] = messagesIn(await normalizeAll(connector, items, account));
  if (!event) throw new Error(`${connector.channel} made no message of the driver's sample`);
  return event;
}

/** Values of all settings published as write-only. */
export function secretsOf(connector: Connector, settings: unknown): string[] {
  const found: string[] = [];
  const walk = (schema: any, value: any): void => {
    if (schema?.writeOnly && typeof value === 'string') found.push(value);
    for (const [name, inner] of Object.entries(schema?.properties ?? {})) walk(inner, value?.[name]);
  };
  walk(settingsSchema(connector), settings);
  return found;
}

export const settingsSchema = (connector: Connector): any => z.toJSONSchema(connector.settings, { io: 'input' });

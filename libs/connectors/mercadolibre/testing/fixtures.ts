import { isDeepStrictEqual } from 'node:util';
import type { AccountFacts, ChannelEvent, CursorContext, Notice, RawItem, SendContext } from '@parley/connector';
import axios from 'axios';
import { mercadolibre } from '../mercadolibre.connector';
import { webhook } from '../receive/push';
import { type Settings, settingsSchema } from '../settings';
import type { FakeMercadoLibre } from './fake-mercadolibre';

export const SELLER = '415458330';
export const BUYER = '90001111';
export const ASSISTANT = '3037674934';
export const PACK = '2000000089077943';
export const ORDER = '2000003508419013';
export const PACK_PATH = `/messages/packs/${PACK}/sellers/${SELLER}`;
export const GUIDE_PATH = `/messages/action_guide/packs/${PACK}`;
export const NOW = Date.parse('2026-02-01T00:00:00Z');

export const rawSettings = {
  clientId: '5503910054141466',
  clientSecret: 'demo-client-secret',
  sellerId: SELLER,
  siteId: 'MLA',
  refreshToken: 'refresh-1',
};

export const account = (settings: Record<string, unknown> = {}): AccountFacts<Settings> => ({
  id: 'acc_1',
  merchantId: 'mer_1',
  name: 'Tienda',
  merchantLanguage: 'zh-CN',
  signingKey: new Uint8Array(32),
  settings: settingsSchema.parse({ ...rawSettings, ...settings }),
});

/** Credentials as the house keeps them: renewals take turns, and a stale caller gets what the first one got. */
export function contextOf(apiBaseUrl: string, settings: Record<string, unknown> = {}): SendContext<Settings> {
  let stored: Record<string, unknown> | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  return {
    account: account({ apiBaseUrl, ...settings }),
    http: axios.create({ timeout: 2_000, proxy: false }),
    resolveHost: async (host) => host,
    credentials: {
      current: async () => stored,
      renew: (stale, renew) => {
        const mine = turn.then(async () => {
          if (!isDeepStrictEqual(stored, stale)) return stored ?? {};
          stored = await renew(stored);
          return stored;
        });
        turn = mine.catch(() => undefined);
        return mine;
      },
    },
    signal: new AbortController().signal,
    log: { info: () => undefined, warn: () => undefined },
    now: () => NOW,
    messageId: 'msg_1',
    openMedia: async () => ({ bytes: new Uint8Array([1, 2]), mime: 'image/png', name: 'talla.png' }),
    earlier: [],
  };
}

export interface Polled extends CursorContext<Settings> {
  readonly notices: Notice[];
  cursor: unknown;
}

export function polling(context: SendContext<Settings>, now = () => NOW): Polled {
  const polled: Polled = {
    ...context,
    notices: [],
    cursor: null,
    now,
    append: async () => undefined,
    appendNotices: async (notices) => void polled.notices.push(...notices),
    loadCursor: async () => polled.cursor,
    saveCursor: async (cursor) => {
      polled.cursor = JSON.parse(JSON.stringify(cursor));
    },
    reportHealth: () => undefined,
  };
  return polled;
}

// ---------------------------------------------------------------- what the channel says

export const push = (fields: Record<string, unknown> = {}) => ({
  _id: 'n-1',
  resource: '019a0001',
  user_id: Number(SELLER),
  topic: 'messages',
  application_id: Number(rawSettings.clientId),
  attempts: 1,
  sent: '2026-01-01T08:00:02.011Z',
  ...fields,
});

export const pushRequest = (body: unknown) => ({
  method: 'POST' as const,
  query: {},
  headers: {},
  rawBody: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  remoteAddress: '127.0.0.1',
});

export const order = (fields: Record<string, unknown> = {}) => ({
  id: Number(ORDER),
  pack_id: Number(PACK),
  status: 'paid',
  date_created: '2026-01-01T06:00:00.000-03:00',
  buyer: { id: Number(BUYER), nickname: 'COMPRA.FELIZ' },
  order_items: [{ item: { id: 'MLA6', title: 'Zapatillas', seller_sku: 'ZAP-42' }, quantity: 1, unit_price: 59.9 }],
  shipping: { id: 43001 },
  total_amount: 59.9,
  currency_id: 'ARS',
  ...fields,
});

/** From the assistant, as on most sites. */
export const message = (fields: Record<string, unknown> = {}) => ({
  id: '019a0001',
  site_id: 'MLA',
  from: { user_id: Number(ASSISTANT) },
  to: { user_id: Number(SELLER) },
  status: 'available',
  text: '¿Cuándo llega el pedido?',
  message_date: { received: '2026-01-01T08:00:00Z', available: '2026-01-01T08:00:01Z', read: null },
  message_moderation: { status: 'clean', reason: null },
  message_attachments: [],
  message_resources: [
    { id: PACK, name: 'packs' },
    { id: SELLER, name: 'sellers' },
  ],
  ...fields,
});

export const ownMessage = (fields: Record<string, unknown> = {}) =>
  message({ id: 'out-9', from: { user_id: Number(SELLER) }, to: { user_id: Number(BUYER) }, ...fields });

export const question = (fields: Record<string, unknown> = {}) => ({
  id: 5036111111,
  item_id: 'MLA6',
  seller_id: Number(SELLER),
  status: 'UNANSWERED',
  text: '¿Sirve para 220 V?',
  date_created: '2026-01-01T08:00:00.000-03:00',
  from: { id: Number(BUYER) },
  answer: null,
  ...fields,
});

export const OPEN = { path: `/packs/${PACK}/sellers/${SELLER}`, status: 'active', substatus: null };

/** A purchase with one message. */
export function lay(fake: FakeMercadoLibre, said = message(), status: Record<string, unknown> = OPEN): void {
  fake.routes.set(`GET /messages/${said.id}`, { messages: [said] });
  fake.routes.set(`GET ${PACK_PATH}`, { conversation_status: status, messages: [said] });
  fake.routes.set(`GET /packs/${PACK}`, { orders: [{ id: Number(ORDER) }] });
  fake.routes.set(`GET /orders/${ORDER}`, order());
  const shipment = { id: 43001, order_id: Number(ORDER), status: 'shipped', tracking_number: 'MEL12345678' };
  fake.routes.set('GET /shipments/43001', shipment);
}

/** The whole way of a push: its notices, what they point to, and what that says. */
export async function readAll(body: unknown, context: SendContext<Settings>) {
  const { notices = [] } = webhook.accept(pushRequest(body), context.account);
  return { notices, ...(await readNotices(notices, context)) };
}

export async function readNotices(notices: readonly Notice[], context: SendContext<Settings>) {
  const items: RawItem[] = [];
  for (const notice of notices) items.push(...((await webhook.read?.(notice, context)) ?? []));
  const events: ChannelEvent[] = [];
  for (const item of items) events.push(...(await mercadolibre.normalize(item.content, context.account)));
  return { items, events };
}

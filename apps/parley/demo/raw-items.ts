import { createHash, createHmac } from 'node:crypto';
import { accountFacts, connectorFor, signingKeyOf } from '@parley/channels';
import type { RawItem, WebhookReceiver, WebhookRequest } from '@parley/connector';
import { issueSession } from '@parley/connectors/webchat';
import type { Account, House } from '@parley/runtime';
import type { DemoConversation, DemoMessage } from './conversations';

/** What the channel would have brought for this conversation, in its own words. */
export function rawItems(house: House, account: Account, conversation: DemoConversation, now: number): RawItem[] {
  switch (conversation.channel) {
    case 'whatsapp':
      return conversation.messages.flatMap((message, i) => whatsapp(house, account, conversation, message, i, now));
    case 'webchat':
      return conversation.messages.flatMap((message, i) => webchat(house, account, conversation, message, i));
    case 'email':
      return conversation.messages.map((message, i) => email(account, conversation, message, i, now));
    case 'mercadolibre':
      return conversation.messages.map((message, i) => mercadoLibre(account, conversation, message, i, now));
  }
}

const timeOf = (message: DemoMessage, now: number): Date => new Date(now - message.minutesAgo * 60_000);

/** A number that stays the same for the same message, however often the demo is made. */
const nameOf = (conversation: DemoConversation, index: number): string =>
  createHash('sha256').update(`${conversation.channel}/${conversation.key}/${index}`).digest('hex').slice(0, 24);

function whatsapp(
  house: House,
  account: Account,
  conversation: DemoConversation,
  message: DemoMessage,
  index: number,
  now: number,
): RawItem[] {
  const { buyer } = conversation;
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '8675500000000', phone_number_id: account.settings['phoneNumberId'] },
    contacts: [{ profile: { name: buyer.name }, wa_id: buyer.address }],
    messages: [
      {
        from: buyer.address,
        id: `wamid.DEMO${nameOf(conversation, index)}`,
        timestamp: String(Math.floor(timeOf(message, now).getTime() / 1000)),
        type: 'text',
        text: { body: message.text },
      },
    ],
  };
  const change = { field: 'messages', value };
  const entry = { id: account.settings['businessAccountId'], changes: [change] };
  const rawBody = Buffer.from(JSON.stringify({ object: 'whatsapp_business_account', entry: [entry] }));
  const signature = createHmac('sha256', String(account.settings['appSecret'])).update(rawBody).digest('hex');
  return accepted(house, account, { headers: { 'x-hub-signature-256': `sha256=${signature}` }, rawBody });
}

function webchat(house: House, account: Account, conversation: DemoConversation, message: DemoMessage, index: number): RawItem[] {
  const issuedAt = Date.now();
  const token = issueSession(signingKeyOf(account.id, house.secrets), {
    visitorId: conversation.buyer.address,
    name: conversation.buyer.name,
    verified: false,
    language: conversation.language,
    context: { url: 'https://lumipine.example/lamps/tr-3', title: 'TR-3 tripod lamp' },
    issuedAt,
    expiresAt: issuedAt + 30 * 24 * 3_600_000,
  });
  const rawBody = Buffer.from(JSON.stringify({ clientKey: nameOf(conversation, index), text: message.text }));
  return accepted(house, account, { headers: { authorization: `Bearer ${token}` }, rawBody });
}

/** Through the connector's own door, as if the channel had called. */
function accepted(house: House, account: Account, request: Pick<WebhookRequest, 'headers' | 'rawBody'>): RawItem[] {
  const receivers = connectorFor(account.channel)?.receive ?? [];
  const webhook = receivers.find((receiver): receiver is WebhookReceiver<any> => receiver.kind === 'webhook');
  const facts = accountFacts(account, house.secrets);
  return [...(webhook?.accept({ method: 'POST', query: {}, remoteAddress: '127.0.0.1', ...request }, facts).items ?? [])];
}

function email(account: Account, conversation: DemoConversation, message: DemoMessage, index: number, now: number): RawItem {
  const { buyer, subject = '' } = conversation;
  const id = `${nameOf(conversation, index)}@kunde.example`;
  const lines = [
    `Message-ID: <${id}>`,
    `Date: ${timeOf(message, now).toUTCString().replace('GMT', '+0000')}`,
    `From: ${word(buyer.name)} <${buyer.address}>`,
    `To: ${account.settings['address']}`,
    `Subject: ${word(subject)}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...(Buffer.from(`${message.text}\n\n${buyer.name}\n`)
      .toString('base64')
      .match(/.{1,76}/g) ?? []),
    '',
  ];
  return { dedupeKey: `demo:${id}`, content: { bytes: Buffer.from(lines.join('\r\n')) } };
}

/** An encoded word (RFC 2047), in pieces of at most 75 characters that each end between two letters. */
function word(text: string): string {
  const pieces = [...text].reduce<string[]>(
    (words, letter) => {
      const last = words.length - 1;
      const longer = `${words[last]}${letter}`;
      if (Buffer.byteLength(longer) <= 42) words[last] = longer;
      else words.push(letter);
      return words;
    },
    [''],
  );
  return pieces.map((piece) => `=?utf-8?B?${Buffer.from(piece).toString('base64')}?=`).join('\r\n ');
}

function mercadoLibre(
  account: Account,
  conversation: DemoConversation,
  message: DemoMessage,
  index: number,
  now: number,
): RawItem {
  const { buyer, key: packId } = conversation;
  const { sellerId, siteId } = account.settings;
  const id = nameOf(conversation, index);
  const at = timeOf(message, now).toISOString();
  const shop = { user_id: sellerId };
  const customer = { user_id: buyer.address };
  const json = {
    kind: 'message',
    packId,
    message: {
      id,
      site_id: siteId,
      from: message.from === 'shop' ? shop : customer,
      to: message.from === 'shop' ? customer : shop,
      status: 'available',
      text: message.text,
      message_date: { received: at, available: at, created: at, ...(message.from === 'shop' ? { read: at } : {}) },
      message_moderation: { status: 'clean' },
      message_resources: [{ id: packId, name: 'packs' }],
    },
    status: { path: `/packs/${packId}/sellers/${sellerId}`, status: 'active' },
    orders: conversation.order ? [orderOf(conversation, now)] : [],
    shipments: conversation.order ? [shipmentOf(conversation)] : [],
  };
  return { dedupeKey: `demo:message:${id}`, orderKey: `pack:${packId}`, content: { json } };
}

function orderOf({ order, buyer }: DemoConversation, now: number): object {
  const [first, ...rest] = buyer.name.split(' ');
  return {
    id: order?.number,
    pack_id: order?.number,
    status: 'paid',
    date_created: new Date(now - 6 * 24 * 3_600_000).toISOString(),
    buyer: { id: buyer.address, first_name: first, last_name: rest.join(' ') },
    order_items: [
      {
        item: {
          id: 'MLA1000000001',
          title: order?.title,
          seller_sku: order?.sku,
          variation_attributes: [{ name: 'Color', value_name: order?.variant }],
        },
        quantity: order?.quantity,
        unit_price: order?.price,
      },
    ],
    shipping: { id: '4000000101' },
    total_amount: (order?.price ?? 0) * (order?.quantity ?? 1),
    currency_id: order?.currency,
  };
}

const shipmentOf = ({ order }: DemoConversation): object => ({
  id: '4000000101',
  order_id: order?.number,
  status: order?.state,
  tracking_number: order?.tracking,
  tracking_method: 'Mercado Envíos',
});

import type { AccountFacts, ChannelAuthor, ChannelEvent, RawItemContent } from '@parley/connector';
import type { ReceiptState } from '@parley/model';
import type { WhatsAppItem } from './accept';
import { receiptError } from './errors';
import { addressOf, aliasesOf, contactOf, type Person, senderOf, threadOf } from './identity';
import { type Content, contentOf, referralOf, referredProductOf, unsupported } from './parts';
import type { WhatsAppSettings } from './settings';
import { type Json, numberIn, objectIn, textIn, timeIn } from './wire';

/** @throws TypeError for an element without shape, sender or id: it is parked with its bytes. */
export function normalizeWhatsApp(content: RawItemContent, account: AccountFacts<WhatsAppSettings>): readonly ChannelEvent[] {
  const item = itemIn(content);
  const value = objectIn(item.value);
  if (!value || item.kind === 'unreadable') throw new TypeError('An element of the WhatsApp batch has no readable shape');
  switch (item.kind) {
    case 'message':
      return messageEvents(value, item, 'buyer', account);
    case 'echo':
      return messageEvents(value, item, 'shop', account);
    case 'history':
      return historyEvents(value, item, account);
    case 'status':
      return receipts(value, item);
    case 'call':
      return calls(value, item);
    case 'notice':
      // News of templates, limits, consent and the account: kept in the log, nobody's message.
      return [];
  }
}

function itemIn(content: RawItemContent): WhatsAppItem {
  const item = 'json' in content ? objectIn(content.json) : undefined;
  if (!item) throw new TypeError('A WhatsApp item is JSON');
  return item as unknown as WhatsAppItem;
}

/** `shop`: typed on the shop's own phone, where app and API share a number. */
function messageEvents(
  message: Json,
  item: WhatsAppItem,
  from: 'buyer' | 'shop',
  account: AccountFacts<WhatsAppSettings>,
  more: Readonly<Record<string, unknown>> = {},
): readonly ChannelEvent[] {
  const buyer = from === 'buyer' ? senderOf(message, item.contacts) : recipientOf(message);
  const at = timeIn(message, 'timestamp', item.receivedAt);
  const type = textIn(message, 'type');
  if (type === 'system') {
    const change = numberChange(message, buyer, at);
    if (change) return [change];
  }

  const thread = threadOf(buyer);
  const author: ChannelAuthor =
    from === 'shop'
      ? { kind: 'agent', id: `phone:${account.settings.phoneNumberId}`, name: null }
      : type === 'system'
        ? { kind: 'system', id: 'whatsapp', name: 'WhatsApp' }
        : { kind: 'buyer', id: buyer.waId ?? buyer.userId ?? '', name: buyer.name ?? null };

  if (type === 'reaction') {
    const reaction = objectIn(message['reaction']);
    const targetExternalId = textIn(reaction, 'message_id');
    if (targetExternalId)
      return [{ kind: 'reaction', targetExternalId, thread, author, emoji: textIn(reaction, 'emoji') ?? null, at }];
  }
  if (type === 'revoke') {
    const targetExternalId = textIn(message['revoke'], 'original_message_id');
    if (targetExternalId) return [{ kind: 'recall', targetExternalId, thread, at }];
  }
  if (type === 'edit') {
    const edit = objectIn(message['edit']);
    const targetExternalId = textIn(edit, 'original_message_id');
    const inner = objectIn(edit?.['message']);
    if (targetExternalId)
      return [
        { kind: 'edit', targetExternalId, thread, parts: inner ? contentOf(inner).parts : [unsupported('edit', message)], at },
      ];
  }

  const externalId = textIn(message, 'id');
  if (!externalId) throw new TypeError('A WhatsApp message without id');
  const context = objectIn(message['context']);
  const forwarded = context?.['forwarded'] === true || context?.['frequently_forwarded'] === true;
  const contents = [
    type === 'system' ? systemContent(message) : contentOf(message),
    referredProductOf(context),
    referralOf(message),
  ];
  return [
    {
      kind: 'message',
      externalId,
      thread,
      direction: from === 'shop' ? 'outbound' : 'inbound',
      author,
      contact: contactOf(buyer),
      parts: contents.flatMap((content) => content?.parts ?? []),
      sentAt: at,
      // A forwarded message was an answer to somebody else.
      replyToExternalId: forwarded ? null : (textIn(context, 'id') ?? null),
      automatic: type === 'system' || more['historical'] === true,
      attributes: {
        ...Object.assign({}, ...contents.map((content) => content?.attributes ?? {})),
        ...(forwarded ? { forwarded: context?.['frequently_forwarded'] === true ? 'often' : true } : {}),
        ...(buyer.groupId ? { participant: buyer.waId ?? buyer.userId } : {}),
        ...(buyer.userId ? { userId: buyer.userId } : {}),
        ...more,
      },
    },
  ];
}

const recipientOf = (message: Json): Person => ({
  waId: textIn(message, 'to'),
  userId: textIn(message, 'to_user_id'),
  groupId: textIn(message, 'group_id'),
});

/** The thread goes on under the new number or user id; the old names stay known. */
function numberChange(message: Json, old: Person, at: Date): ChannelEvent | undefined {
  const system = objectIn(message['system']);
  const type = textIn(system, 'type') ?? '';
  const now: Person = { waId: textIn(system, 'wa_id'), userId: textIn(system, 'user_id') };
  const isChange = type === 'user_changed_number' || type === 'user_changed_user_id' || type === 'customer_changed_number';
  if (!isChange || (!now.waId && !now.userId) || (!old.waId && !old.userId)) return undefined;
  const thread = threadOf(old);
  // A new number comes with a new user id, so an old one is no address any more.
  const address = addressOf({ waId: now.waId ?? old.waId, userId: now.userId });
  return { kind: 'thread', thread: { ...thread, aliases: [...aliasesOf(old), ...aliasesOf(now)], address }, at };
}

const systemContent = (message: Json): Content => {
  const system = objectIn(message['system']);
  const text = textIn(system, 'body');
  return {
    parts: [text ? ({ kind: 'text', text } as const) : unsupported(`system.${textIn(system, 'type') ?? 'unknown'}`, message)],
  };
};

/** What was said before Parley came: shown, answered by no machine. */
function historyEvents(message: Json, item: WhatsAppItem, account: AccountFacts<WhatsAppSettings>): readonly ChannelEvent[] {
  const digits = (value: string | undefined) => value?.replace(/\D/g, '');
  const own = digits(textIn(item.metadata, 'display_phone_number'));
  const fromShop = own !== undefined && digits(textIn(message, 'from')) === own;
  const buyer = textIn(message, 'thread_id') ?? textIn(message, fromShop ? 'to' : 'from');
  const named: Json = fromShop ? { ...message, to: buyer } : { ...message, from: buyer };
  return messageEvents(named, item, fromShop ? 'shop' : 'buyer', account, { historical: true });
}

const receiptStates: Readonly<Record<string, ReceiptState>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'read',
  failed: 'failed',
};

/** Kinds beyond these (`deleted`, for one) change nothing. */
function receipts(status: Json, item: WhatsAppItem): readonly ChannelEvent[] {
  const state = receiptStates[textIn(status, 'status') ?? ''];
  const externalId = textIn(status, 'id') ?? null;
  const echoed = textIn(status, 'biz_opaque_callback_data');
  const messageId = echoed?.startsWith('msg_') ? echoed : null;
  if (!state || (!externalId && !messageId)) return [];
  return [
    {
      kind: 'receipt',
      externalId,
      messageId,
      state,
      at: timeIn(status, 'timestamp', item.receivedAt),
      error: state === 'failed' ? receiptError(status) : null,
    },
  ];
}

/** A call is told once, when it is over: with its length, or as missed. */
function calls(call: Json, item: WhatsAppItem): readonly ChannelEvent[] {
  const externalId = textIn(call, 'id');
  if (textIn(call, 'event') !== 'terminate' || !externalId) return [];
  const fromShop = textIn(call, 'direction') === 'BUSINESS_INITIATED';
  const buyer: Person = fromShop ? recipientOf(call) : senderOf(call, item.contacts);
  const seconds = numberIn(call, 'duration');
  const summary = seconds ? `Voice call of ${Math.ceil(seconds / 60)} min` : 'Missed voice call';
  return [
    {
      kind: 'message',
      externalId,
      thread: threadOf(buyer),
      direction: fromShop ? 'outbound' : 'inbound',
      author: fromShop
        ? { kind: 'agent', id: 'phone' }
        : { kind: 'buyer', id: buyer.waId ?? buyer.userId ?? '', name: buyer.name ?? null },
      contact: contactOf(buyer),
      parts: [{ kind: 'unsupported', summary, rawType: 'call' }],
      sentAt: timeIn(call, 'timestamp', item.receivedAt),
      attributes: { call: { status: textIn(call, 'status') ?? null, durationSeconds: seconds ?? null } },
    },
  ];
}

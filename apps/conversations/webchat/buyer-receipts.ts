import { Injectable } from '@nestjs/common';
import { appendEntries } from '@parley/event-log';
import type { DeliveryEntry, Message } from '@parley/model';
import { House } from '@parley/runtime';
import { listMessages } from '../store';
import type { Visit } from './visits';

const READ_AT_ONCE_MAX = 100;

/** What the chat window tells of replies, as another channel's receipts would. */
@Injectable()
export class BuyerReceipts {
  constructor(private readonly house: House) {}

  async delivered(visit: Visit, messages: readonly Pick<Message, 'id'>[]): Promise<void> {
    await this.append(visit, messages, 'delivered');
  }

  /** All replies up to this message, or all there are. */
  async read(visit: Visit, messageId: string | null): Promise<void> {
    const { merchantId } = visit.account;
    const page = { before: Number.MAX_SAFE_INTEGER, limit: READ_AT_ONCE_MAX, notes: false };
    const { data } = await this.house.database.transaction(merchantId, (client) =>
      listMessages(client, merchantId, visit.conversationId, page),
    );
    const last = messageId === null ? Number.POSITIVE_INFINITY : data.find((message) => message.id === messageId)?.sequence;
    if (last === undefined) return;
    const unread = data.filter(
      ({ delivery, sequence }) => sequence <= last && (delivery?.state === 'sent' || delivery?.state === 'delivered'),
    );
    await this.append(visit, unread, 'read');
  }

  /** A receipt that gets lost is not worth a broken connection. */
  private async append(
    { account, conversationId }: Visit,
    messages: readonly Pick<Message, 'id'>[],
    state: 'delivered' | 'read',
  ): Promise<void> {
    const at = new Date().toISOString();
    const entries = messages.map(({ id }): { key: string; entry: DeliveryEntry } => ({
      key: conversationId,
      entry: {
        kind: 'receipt',
        merchantId: account.merchantId,
        accountId: account.id,
        channel: 'webchat',
        externalId: id,
        messageId: id,
        state,
        error: null,
        at,
      },
    }));
    try {
      await appendEntries(this.house.eventLog, 'outbound.delivery', entries);
    } catch (err) {
      this.house.log.warn({ err, accountId: account.id, state }, 'A receipt of the chat window was lost');
    }
  }
}

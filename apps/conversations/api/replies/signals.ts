import { Injectable } from '@nestjs/common';
import { appendEntries } from '@parley/event-log';
import { eventId, type InboundEntry, type Message, type OutboundSignal } from '@parley/model';
import { House, ProblemError } from '@parley/runtime';
import { getMessage, getThread, listMessages, storeInbound, type Thread, Transactions } from '../../store';
import { type Caller, notFound, sees } from '../call/caller';
import { Drafting } from './drafting';
import { authorOf } from './reply-desk';

const LOOK_BACK = 50;

/** What the shop does to a message without saying anything. */
@Injectable()
export class Signals {
  constructor(
    private readonly house: House,
    private readonly transactions: Transactions,
    private readonly drafting: Drafting,
  ) {}

  /** Puts a reaction on a buyer's message; null takes it back. */
  async react(caller: Caller, messageId: string, emoji: string | null): Promise<Message> {
    const merchantId = caller.merchant.id;
    const { message, thread } = await this.house.database.transaction(merchantId, async (client) => {
      const found = await getMessage(client, merchantId, messageId);
      if (!found || !sees(caller, found.accountId)) throw notFound('message');
      return { message: found, thread: await getThread(client, merchantId, found.conversationId) };
    });
    if (!thread) throw notFound('message');
    const { connector } = await this.drafting.account(message.accountId);
    if (!connector.react || !message.externalId || message.note) {
      throw new ProblemError(422, 'cannot-react', `A reaction to this message cannot be shown on ${connector.title}.`);
    }
    const signal = signalOf(thread, message, { kind: 'reaction', emoji }, String(Date.now()));
    await this.append(signal);
    const entry: InboundEntry = {
      kind: 'reaction',
      merchantId,
      accountId: message.accountId,
      channel: message.channel,
      conversationId: message.conversationId,
      receivedAt: signal.at,
      targetMessageId: message.id,
      targetExternalId: message.externalId,
      emoji,
      author: authorOf(caller),
      at: signal.at,
    };
    return this.transactions.run(merchantId, async (tx) => {
      await storeInbound(tx, [entry]);
      return (await getMessage(tx.client, merchantId, messageId)) ?? message;
    });
  }

  /** Tells the channel that the shop has read up to the buyer's last message. Where it cannot be told, nothing happens. */
  async read(merchantId: string, conversationId: string): Promise<void> {
    const { thread, last } = await this.house.database.transaction(merchantId, async (client) => {
      const found = await getThread(client, merchantId, conversationId);
      const before = Number.MAX_SAFE_INTEGER;
      const page = await listMessages(client, merchantId, conversationId, { before, limit: LOOK_BACK, notes: false });
      return { thread: found, last: page.data.findLast((message) => message.direction === 'inbound') };
    });
    if (!thread || !last?.externalId) return;
    const account = await this.house.accounts.get(thread.conversation.accountId);
    if (!account) return;
    const { connector } = await this.drafting.account(account.id);
    if (connector.markRead) await this.append(signalOf(thread, last, { kind: 'read' }, ''));
  }

  private append(signal: OutboundSignal): Promise<void> {
    return appendEntries(this.house.eventLog, 'outbound.signal', [{ key: signal.conversationId, entry: signal }]);
  }
}

function signalOf(thread: Thread, message: Message, signal: OutboundSignal['signal'], discriminator: string): OutboundSignal {
  const { conversation, address } = thread;
  return {
    merchantId: thread.merchantId,
    accountId: conversation.accountId,
    channel: conversation.channel,
    conversationId: conversation.id,
    id: eventId(`signal.${signal.kind}`, message.id, discriminator),
    address,
    externalId: message.externalId ?? '',
    signal,
    at: new Date().toISOString(),
  };
}

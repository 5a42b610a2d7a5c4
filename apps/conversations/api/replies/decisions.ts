import { Injectable } from '@nestjs/common';
import { appendEntries } from '@parley/event-log';
import { type DeliveryEntry, type DeliveryState, eventId, type Message, type OutboundSignal, type Part } from '@parley/model';
import { House, ProblemError } from '@parley/runtime';
import {
  applyDelivery,
  getMessage,
  getThread,
  latestTurns,
  type OutboundFacts,
  outboundFacts,
  type Thread,
  Transactions,
} from '../../store';
import { type Caller, notFound, sees } from '../call/caller';
import { Drafting, type Said } from './drafting';
import { ReplyDesk } from './reply-desk';

interface Found {
  readonly message: Message;
  readonly thread: Thread;
  readonly facts: OutboundFacts;
  readonly state: DeliveryState;
}

const TURNS = 6;
const OPEN_ENDS: readonly DeliveryState[] = ['failed', 'held', 'uncertain', 'cancelled'];
const ON_ITS_WAY: readonly DeliveryState[] = ['accepted', 'translated', 'queued', 'sending'];

/** What a person decides about a reply that did not leave: send it again, send it anyway, leave it. */
@Injectable()
export class Decisions {
  constructor(
    private readonly house: House,
    private readonly transactions: Transactions,
    private readonly drafting: Drafting,
    private readonly desk: ReplyDesk,
  ) {}

  /** Everything once more, the translation included. An uncertain one may reach the buyer twice: that is the decision. */
  async retry(caller: Caller, messageId: string): Promise<Message> {
    const found = await this.find(caller, messageId);
    this.assertState(found, OPEN_ENDS, 'retried');
    return this.again(caller, found, { released: found.facts.released, translation: found.facts.translation });
  }

  /**
   * What was held leaves: as a person mended it, else the candidate they were shown, exactly so. Where no engine had one it
   * leaves as it was written.
   */
  async release(caller: Caller, messageId: string, given: Said['translation']): Promise<Message> {
    const found = await this.find(caller, messageId);
    this.assertState(found, ['held'], 'released');
    const { message } = found;
    const mended = await this.drafting.translationOf(caller.merchant.id, message.parts, given);
    const translation = mended ?? message.translations.at(-1)?.parts ?? null;
    return this.again(caller, found, { released: true, translation, asWritten: translation === null });
  }

  /** Not to be sent after all. On its way it is asked back; `cancelled` follows where nothing of it was begun. */
  async cancel(caller: Caller, messageId: string): Promise<Message> {
    const found = await this.find(caller, messageId);
    if (found.state === 'cancelled') return found.message;
    this.assertState(found, [...OPEN_ENDS, ...ON_ITS_WAY], 'cancelled');
    const signal = cancelSignal(found, messageId);
    await appendEntries(this.house.eventLog, 'outbound.signal', [{ key: signal.conversationId, entry: signal }]);
    if (ON_ITS_WAY.includes(found.state)) return found.message;
    return this.end(found, signal);
  }

  /** Nothing of it is in anybody's hands: it ends here and now. */
  private async end(found: Found, signal: OutboundSignal): Promise<Message> {
    const { merchantId, accountId, channel, conversationId, at } = signal;
    const entry: DeliveryEntry = {
      ...{ merchantId, accountId, channel, conversationId, at },
      kind: 'state',
      messageId: found.message.id,
      attempt: found.facts.attempt,
      state: 'cancelled',
      error: null,
      externalIds: [],
    };
    await appendEntries(this.house.eventLog, 'outbound.delivery', [{ key: conversationId, entry }]);
    return this.transactions.run(merchantId, async (tx) => {
      await applyDelivery(tx, [entry]);
      return (await getMessage(tx.client, merchantId, found.message.id)) ?? found.message;
    });
  }

  private async again(
    caller: Caller,
    { message, thread, facts }: Found,
    how: { readonly released: boolean; readonly translation: Part[] | null; readonly asWritten?: boolean },
  ): Promise<Message> {
    const context = await this.house.database.transaction(thread.merchantId, (client) =>
      latestTurns(client, thread.merchantId, thread.conversation.id, TURNS),
    );
    return this.desk.take(caller, thread, {
      messageId: message.id,
      attempt: facts.attempt + 1,
      author: message.author,
      clientKey: message.clientKey,
      released: how.released,
      draft: {
        parts: message.parts,
        // Detection may have found another one since; what was asked for stays.
        language: message.language === 'und' ? caller.merchant.language : message.language,
        targetLanguage: how.asWritten ? null : facts.targetLanguage,
        translation: how.translation,
        replyTo: facts.replyTo,
        context,
      },
    });
  }

  private async find(caller: Caller, messageId: string): Promise<Found> {
    const merchantId = caller.merchant.id;
    const found = await this.house.database.transaction(merchantId, async (client) => {
      const message = await getMessage(client, merchantId, messageId);
      if (!message || !sees(caller, message.accountId)) throw notFound('message');
      const thread = await getThread(client, merchantId, message.conversationId);
      return { message, thread, facts: await outboundFacts(client, merchantId, messageId) };
    });
    const { message, thread, facts } = found;
    const state = message.delivery?.state;
    if (thread && facts && state) return { message, thread, facts, state };
    throw new ProblemError(
      409,
      'not-a-reply',
      'Only a message that was sent through Parley can be retried, released or cancelled.',
    );
  }

  private assertState({ state }: Found, allowed: readonly DeliveryState[], what: string): void {
    if (allowed.includes(state)) return;
    throw new ProblemError(409, 'wrong-state', `A message that is ${state} cannot be ${what}.`, { extensions: { state } });
  }
}

function cancelSignal({ message, thread, facts }: Found, messageId: string): OutboundSignal {
  const { conversation, address } = thread;
  return {
    merchantId: thread.merchantId,
    accountId: conversation.accountId,
    channel: conversation.channel,
    conversationId: conversation.id,
    id: eventId('signal.cancel', messageId, String(facts.attempt)),
    address,
    externalId: message.externalId ?? '',
    signal: { kind: 'cancel', messageId, attempt: facts.attempt },
    at: new Date().toISOString(),
  };
}

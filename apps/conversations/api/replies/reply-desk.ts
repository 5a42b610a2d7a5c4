import { Injectable } from '@nestjs/common';
import { appendEntries } from '@parley/event-log';
import { type Author, type Message, type OutboundMessage, ParleyError } from '@parley/model';
import { House, inTraceOfConversation, ProblemError } from '@parley/runtime';
import { getMessage, lockThread, storeOutbound, type Thread, type Transaction, Transactions } from '../../store';
import { type Caller, notFound } from '../call/caller';
import type { Draft } from './drafting';
import { assertAllowed } from './reply-policy';

export interface Reply {
  readonly messageId: string;
  readonly draft: Draft;
  readonly clientKey: string | null;
  /** 1, and one more for each retry or release. */
  readonly attempt?: number;
  readonly released?: boolean;
  /** Only under this ownership: for bots. */
  readonly ownerGeneration?: number;
  /** For a repeat: who said it the first time. */
  readonly author?: Author;
}

/** Appends that hold a row lock need a second connection each: so few at once that others always find one. */
const LOCKED_MAX = 2;

/**
 * Takes a reply: checked against the channel's rule, appended to the log, stored, so that a GET that follows finds it. It is
 * taken once the log has it; what fails after that is made good by the consumer, which stores the same.
 */
@Injectable()
export class ReplyDesk {
  private locked = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly house: House,
    private readonly transactions: Transactions,
  ) {}

  /** @throws ProblemError 409 when the channel takes no reply, or another owner speaks. */
  async take(caller: Caller, thread: Thread, reply: Reply): Promise<Message> {
    assertAllowed(thread.conversation.replyWindow, reply.draft.translation ?? reply.draft.parts);
    const entry = entryOf(caller, thread, reply);
    const { ownerGeneration } = reply;
    if (ownerGeneration !== undefined) return this.takeAsOwner(entry, ownerGeneration);
    await this.append(entry);
    return this.transactions.run(entry.merchantId, (tx) => this.store(tx, entry));
  }

  /** The conversation is locked from the look at its owner until the log has the reply: nobody takes over in between. */
  private async takeAsOwner(entry: OutboundMessage, generation: number): Promise<Message> {
    return this.inTurn(() =>
      this.transactions.run(entry.merchantId, async (tx) => {
        const thread = await lockThread(tx, entry.merchantId, entry.conversationId);
        if (!thread) throw notFound('conversation');
        assertOwner(thread, generation, entry.author.kind);
        await this.append(entry);
        return this.store(tx, entry);
      }),
    );
  }

  private append(entry: OutboundMessage): Promise<void> {
    const { conversationId } = entry;
    return inTraceOfConversation(this.house, conversationId, () =>
      appendEntries(this.house.eventLog, 'outbound.message', [{ key: conversationId, entry }]),
    );
  }

  private async store(tx: Transaction, entry: OutboundMessage): Promise<Message> {
    const [stored] = await storeOutbound(tx, [entry]);
    const message = stored ?? (await getMessage(tx.client, entry.merchantId, entry.messageId));
    if (!message) throw new ParleyError('not-stored', 'A reply that was taken is not in the store');
    return message;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.locked >= LOCKED_MAX) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.locked += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.locked -= 1;
    }
  }
}

/** @throws ProblemError 409 when the ownership is another by now; a bot is silent while a person owns. */
export function assertOwner({ conversation: { owner } }: Thread, generation: number, speaker: Author['kind']): void {
  if (owner.generation === generation && (speaker !== 'bot' || owner.kind !== 'agent')) return;
  throw new ProblemError(409, 'owner-changed', 'Another owner speaks in this conversation by now. This reply was not sent.', {
    extensions: { owner },
  });
}

export const authorOf = (caller: Caller): Author => ({
  kind: isBot(caller) ? 'bot' : 'agent',
  id: caller.key.id,
  name: caller.key.name,
});

/** Whoever has the scope is a bot, whatever else the key may do. */
export const isBot = (caller: Caller): boolean => caller.key.scopes.includes('bot') && !caller.key.scopes.includes('admin');

function entryOf(caller: Caller, thread: Thread, reply: Reply): OutboundMessage {
  const { conversation, contact, address } = thread;
  return {
    merchantId: thread.merchantId,
    accountId: conversation.accountId,
    channel: conversation.channel,
    conversationId: conversation.id,
    messageId: reply.messageId,
    attempt: reply.attempt ?? 1,
    author: reply.author ?? authorOf(caller),
    ...reply.draft,
    released: reply.released ?? false,
    contact,
    address,
    subject: conversation.subject,
    replyWindow: conversation.replyWindow,
    clientKey: reply.clientKey,
    acceptedAt: new Date().toISOString(),
  };
}

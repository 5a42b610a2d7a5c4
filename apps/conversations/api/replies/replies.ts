import { Injectable } from '@nestjs/common';
import { type Message, replyId } from '@parley/model';
import { House } from '@parley/runtime';
import { getThread, storeNote, type Thread, Transactions } from '../../store';
import { type Caller, notFound, sees } from '../call/caller';
import type { ReplyBody } from './bodies';
import { Drafting, unprocessable } from './drafting';
import { authorOf, isBot, ReplyDesk } from './reply-desk';

/** What is said in a conversation that is there: to the buyer, or among the team. */
@Injectable()
export class Replies {
  constructor(
    private readonly house: House,
    private readonly transactions: Transactions,
    private readonly drafting: Drafting,
    private readonly desk: ReplyDesk,
  ) {}

  /** @throws ProblemError 404 */
  async thread(caller: Caller, id: string): Promise<Thread> {
    const merchantId = caller.merchant.id;
    const thread = await this.house.database.transaction(merchantId, (client) => getThread(client, merchantId, id));
    if (!thread || !sees(caller, thread.conversation.accountId)) throw notFound('conversation');
    return thread;
  }

  /** `key` names it: the same key is the same message. */
  async say(caller: Caller, id: string, body: ReplyBody, key: string): Promise<Message> {
    const thread = await this.thread(caller, id);
    const messageId = replyId(id, key);
    if (body.note) return this.note(caller, thread, messageId, body);
    const ownerGeneration = generationOf(caller, body);
    await this.drafting.account(thread.conversation.accountId);
    const draft = await this.drafting.draft(caller, thread, body);
    return this.desk.take(caller, thread, { messageId, draft, clientKey: body.clientKey ?? null, ownerGeneration });
  }

  private async note(caller: Caller, thread: Thread, messageId: string, body: ReplyBody): Promise<Message> {
    const merchantId = caller.merchant.id;
    const parts = await this.drafting.partsOf(merchantId, body, '/parts');
    const note = await this.transactions.run(merchantId, (tx) =>
      storeNote(tx, {
        merchantId,
        conversationId: thread.conversation.id,
        messageId,
        author: authorOf(caller),
        parts,
        language: body.language ?? caller.merchant.language,
        clientKey: body.clientKey ?? null,
        at: new Date().toISOString(),
      }),
    );
    if (!note) throw notFound('conversation');
    return note;
  }
}

/** A bot says under which ownership it speaks; a person may. */
function generationOf(caller: Caller, body: ReplyBody): number | undefined {
  if (body.ownerGeneration === undefined && isBot(caller)) {
    throw unprocessable('/ownerGeneration', 'owner-generation-required', 'A bot names the ownership it speaks under.');
  }
  return body.ownerGeneration;
}

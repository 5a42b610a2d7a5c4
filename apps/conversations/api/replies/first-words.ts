import { Injectable } from '@nestjs/common';
import { accountFacts } from '@parley/channels';
import { ChannelError, type Connector, type NewThread } from '@parley/connector';
import { contactId, conversationId, type Message, type ReplyWindow, replyId } from '@parley/model';
import { type Account, House, ProblemError } from '@parley/runtime';
import { contactAddress, getContact, getThread, type NewConversation, openConversation, Transactions } from '../../store';
import { type Caller, notFound, sees } from '../call/caller';
import type { StartBody } from './bodies';
import { Drafting, unprocessable } from './drafting';
import { ReplyDesk } from './reply-desk';
import { assertAllowed } from './reply-policy';

interface To {
  readonly address: string;
  readonly name: string | null;
  readonly language: string | null;
}

/** The shop writes first: finds or opens the conversation, then it is a reply like any other. */
@Injectable()
export class FirstWords {
  constructor(
    private readonly house: House,
    private readonly transactions: Transactions,
    private readonly drafting: Drafting,
    private readonly desk: ReplyDesk,
  ) {}

  async say(caller: Caller, body: StartBody, key: string): Promise<Message> {
    const { account, connector } = await this.account(caller, body.accountId);
    const to = await this.to(caller, account, body);
    const opened = newConversation(caller, account, connector, to, this.addressFor(connector, account, to), body.subject ?? null);
    const known = await this.house.database.transaction(account.merchantId, (client) =>
      getThread(client, account.merchantId, opened.id),
    );
    const parts = await this.drafting.partsOf(account.merchantId, body, '/parts');
    // Looked at before anything is made: a conversation that may not be begun is not there afterwards.
    assertAllowed(known?.conversation.replyWindow ?? opened.replyWindow, parts);
    const thread = known ?? (await this.transactions.run(account.merchantId, (tx) => openConversation(tx, opened)));
    const draft = await this.drafting.draft(caller, thread, body);
    return this.desk.take(caller, thread, {
      messageId: replyId(thread.conversation.id, key),
      draft,
      clientKey: body.clientKey ?? null,
    });
  }

  private async account(caller: Caller, accountId: string): Promise<{ account: Account; connector: Connector }> {
    const account = await this.house.accounts.get(accountId);
    if (!account || account.merchantId !== caller.merchant.id || !sees(caller, accountId)) {
      throw unprocessable('/accountId', 'unknown-account', 'There is no such account.');
    }
    const { connector } = await this.drafting.account(accountId);
    if (connector.capabilities.startConversation && connector.addressFor) return { account, connector };
    throw new ProblemError(422, 'cannot-start', `On ${connector.title} the buyer writes first.`, {
      errors: [{ pointer: '/accountId', detail: `${connector.title} lets nobody start a conversation.`, code: 'cannot-start' }],
    });
  }

  private async to(caller: Caller, account: Account, body: StartBody): Promise<To> {
    const { to } = body;
    if ('address' in to) return { address: to.address, name: to.name ?? null, language: to.language ?? null };
    return this.house.database.transaction(account.merchantId, async (client) => {
      const contact = await getContact(client, caller.merchant.id, to.contactId);
      const found = contact && (await contactAddress(client, caller.merchant.id, to.contactId, account.id));
      if (found) return { ...found, language: contact.language };
      const detail = contact ? 'This contact has no address on this account.' : 'There is no such contact.';
      throw unprocessable('/to/contactId', contact ? 'no-address' : 'unknown-contact', detail);
    });
  }

  private addressFor(connector: Connector, account: Account, to: To): NewThread {
    try {
      const thread = connector.addressFor?.(to, accountFacts(account, this.house.secrets));
      if (!thread) throw notFound('account');
      return thread;
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      throw unprocessable('/to/address', error.code, error.message);
    }
  }
}

function newConversation(
  caller: Caller,
  account: Account,
  connector: Connector,
  to: To,
  { thread, contactAddress: address }: NewThread,
  subject: string | null,
): NewConversation {
  return {
    merchantId: caller.merchant.id,
    id: thread.conversationId ?? conversationId(account.id, thread.key),
    accountId: account.id,
    channel: account.channel,
    contact: { id: contactId(account.id, address), address, name: to.name, language: to.language },
    subject: subject ?? thread.subject ?? null,
    ...(to.language ? { language: to.language } : {}),
    address: thread.address,
    replyWindow: windowBeforeFirstWord(connector),
  };
}

/** Where answers have a window, nobody has opened it yet. */
const windowBeforeFirstWord = ({ capabilities: { replyWindow } }: Connector): ReplyWindow =>
  replyWindow ? { openUntil: new Date().toISOString(), then: replyWindow.then } : { openUntil: null, then: 'free' };

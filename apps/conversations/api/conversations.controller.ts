import { Controller } from '@nestjs/common';
import { conversationSchema, conversationStates, priorities } from '@parley/model';
import { House, ProblemError } from '@parley/runtime';
import { z } from 'zod';
import { changeOwner, getConversation, listConversations, patchConversation, Transactions } from '../store';
import { Call, FromBody, FromPath, FromQuery } from './call/call';
import { accountsOf, By, type Caller, notFound, sees } from './call/caller';
import { flag, language, listOf, pageFields, pageOf, readPage, time } from './page';
import { Signals } from './replies/signals';

const listQuery = z.strictObject({
  ...pageFields,
  state: listOf(z.enum(conversationStates)).optional(),
  accountId: z.string().max(100).optional(),
  channel: z.string().max(50).optional(),
  assigneeId: z.string().max(100).optional().describe('`none`: assigned to nobody.'),
  ownerKind: z.enum(['bot', 'agent', 'none']).optional(),
  contactId: z.string().max(100).optional(),
  tag: z.string().max(100).optional(),
  vip: flag.optional(),
  unread: flag.optional(),
  language: language.optional(),
  updatedAfter: time.optional(),
  q: z.string().max(500).optional().describe('Searches original and translated text, names, subjects and order numbers.'),
});
const patchBody = z
  .strictObject({
    state: z.enum(conversationStates).optional(),
    snoozedUntil: time.nullish(),
    assigneeId: z.string().min(1).max(100).nullish(),
    tags: z.array(z.string().trim().min(1).max(100)).max(50).optional(),
    priority: z.enum(priorities).optional(),
    language: language.nullish().describe('Corrects what was detected; null: detection may have it again.'),
    subject: z.string().max(500).nullish(),
    read: z.boolean().optional(),
  })
  .superRefine((body, context) => {
    if (body.state === 'snoozed' && !body.snoozedUntil)
      context.addIssue({ code: 'custom', path: ['snoozedUntil'], message: 'Say until when it is snoozed.' });
    if (body.snoozedUntil && body.state !== 'snoozed')
      context.addIssue({ code: 'custom', path: ['snoozedUntil'], message: 'Goes with the state snoozed only.' });
    if (body.snoozedUntil && Date.parse(body.snoozedUntil) <= Date.now())
      context.addIssue({ code: 'custom', path: ['snoozedUntil'], message: 'Is over already.' });
  });
const ownerBody = z.strictObject({
  kind: z.enum(['agent', 'bot', 'none']),
  agentId: z.string().min(1).max(100).nullish(),
  ifGeneration: z.number().int().nonnegative().optional().describe('Only when the ownership is still this one.'),
});
const tag = 'Conversations';

@Controller()
export class ConversationsController {
  constructor(
    private readonly house: House,
    private readonly transactions: Transactions,
    private readonly signals: Signals,
  ) {}

  @Call('GET /v1/conversations', {
    summary: 'Conversations, the latest change first',
    tag,
    scopes: ['messages:read', 'bot'],
    answer: pageOf(conversationSchema),
  })
  list(@By() caller: Caller, @FromQuery(listQuery) query: z.infer<typeof listQuery>) {
    const { limit, cursor, assigneeId, ...filter } = query;
    const merchantId = caller.merchant.id;
    const assignee = assigneeId === undefined ? {} : { assigneeId: assigneeId === 'none' ? null : assigneeId };
    return readPage(() =>
      this.house.database.transaction(merchantId, (client) =>
        listConversations(client, merchantId, { ...filter, ...assignee, accountIds: accountsOf(caller) }, { limit, cursor }),
      ),
    );
  }

  @Call('GET /v1/conversations/:id', {
    summary: 'One conversation',
    tag,
    scopes: ['messages:read', 'bot'],
    answer: conversationSchema,
  })
  async get(@By() caller: Caller, @FromPath() id: string) {
    return this.find(caller, id);
  }

  @Call('PATCH /v1/conversations/:id', {
    summary: 'Assign, tag, snooze, close, correct the language, mark as read',
    tag,
    scopes: ['messages:write'],
    answer: conversationSchema,
  })
  async change(@By() caller: Caller, @FromPath() id: string, @FromBody(patchBody) body: z.infer<typeof patchBody>) {
    const before = await this.find(caller, id);
    const merchantId = caller.merchant.id;
    const changed = await this.transactions.run(merchantId, (tx) => patchConversation(tx, merchantId, id, body));
    if (!changed) throw notFound('conversation');
    if (body.read && before.unreadCount > 0) await this.tellRead(merchantId, id);
    return changed;
  }

  @Call('POST /v1/conversations/:id/owner', {
    summary: 'Take over, hand back to a bot, or free',
    description: 'The generation grows with each change: a bot that answers under an old one is refused.',
    tag,
    scopes: ['messages:write', 'bot'],
    answer: conversationSchema.shape.owner,
  })
  async own(@By() caller: Caller, @FromPath() id: string, @FromBody(ownerBody) body: z.infer<typeof ownerBody>) {
    await this.find(caller, id);
    const merchantId = caller.merchant.id;
    const { kind, agentId, ifGeneration } = body;
    const owner = { kind, id: kind === 'none' ? null : (agentId ?? caller.key.id), ifGeneration };
    const changed = await this.transactions.run(merchantId, (tx) => changeOwner(tx, merchantId, id, owner));
    if (changed === null) throw notFound('conversation');
    if (changed !== 'stale') return changed.owner;
    throw new ProblemError(409, 'owner-changed', 'Somebody else was faster: the conversation has another owner by now.');
  }

  private async find(caller: Caller, id: string) {
    const merchantId = caller.merchant.id;
    const conversation = await this.house.database.transaction(merchantId, (client) => getConversation(client, merchantId, id));
    if (!conversation || !sees(caller, conversation.accountId)) throw notFound('conversation');
    return conversation;
  }

  /** It is read here, whether the channel can be told or not. */
  private async tellRead(merchantId: string, id: string): Promise<void> {
    try {
      await this.signals.read(merchantId, id);
    } catch (err) {
      this.house.log.warn({ err, conversationId: id }, 'The channel could not be told that a conversation was read');
    }
  }
}

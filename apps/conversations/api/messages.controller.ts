import { Controller } from '@nestjs/common';
import { type Message, messageSchema } from '@parley/model';
import { House } from '@parley/runtime';
import { z } from 'zod';
import { getMessage, listMessages } from '../store';
import { Call, FromPath, FromQuery } from './call/call';
import { By, type Caller, notFound, sees } from './call/caller';
import { MediaLinks } from './media-links';
import { invalidCursor, pageOf } from './page';
import { Replies } from './replies/replies';

const sequence = z.coerce.number().int().nonnegative();
const listQuery = z
  .strictObject({
    after: sequence.optional().describe('Messages after this sequence, oldest first (the default, from 0).'),
    before: sequence.optional().describe('The messages that end right before this sequence, oldest first.'),
    cursor: z.string().max(100).optional().describe('`nextCursor` of the page before: goes on in its direction.'),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  })
  .refine((query) => [query.after, query.before, query.cursor].filter((given) => given !== undefined).length <= 1, {
    message: 'Give one of after, before and cursor.',
    path: ['before'],
  });
const tag = 'Messages';

/** What was said. */
@Controller()
export class MessagesController {
  constructor(
    private readonly house: House,
    private readonly links: MediaLinks,
    private readonly replies: Replies,
  ) {}

  @Call('GET /v1/conversations/:id/messages', {
    summary: 'Messages by sequence, in both directions',
    tag,
    scopes: ['messages:read', 'bot'],
    answer: pageOf(messageSchema),
  })
  async list(@By() caller: Caller, @FromPath() id: string, @FromQuery(listQuery) query: z.infer<typeof listQuery>) {
    const place = placeOf(query);
    await this.replies.thread(caller, id);
    const merchantId = caller.merchant.id;
    const { data, more } = await this.house.database.transaction(merchantId, (client) =>
      listMessages(client, merchantId, id, { ...place, limit: query.limit }),
    );
    const nextCursor = !more ? null : 'before' in place ? `b${data[0]?.sequence}` : `a${data.at(-1)?.sequence}`;
    return { data: this.links.in(merchantId, data), nextCursor };
  }

  @Call('GET /v1/messages/:id', { summary: 'One message', tag, scopes: ['messages:read', 'bot'], answer: messageSchema })
  async get(@By() caller: Caller, @FromPath() id: string): Promise<Message> {
    const merchantId = caller.merchant.id;
    const message = await this.house.database.transaction(merchantId, (client) => getMessage(client, merchantId, id));
    if (!message || !sees(caller, message.accountId)) throw notFound('message');
    return this.links.in(merchantId, message);
  }
}

/** Where the page begins or ends. @throws ProblemError 400 for a cursor that is none. */
function placeOf({ after, before, cursor }: z.infer<typeof listQuery>): { after: number } | { before: number } {
  if (before !== undefined) return { before };
  if (cursor === undefined) return { after: after ?? 0 };
  const [, direction, number] = /^([ab])(\d{1,15})$/.exec(cursor) ?? [];
  if (!direction) throw invalidCursor();
  return direction === 'b' ? { before: Number(number) } : { after: Number(number) };
}

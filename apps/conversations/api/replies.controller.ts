import { Controller } from '@nestjs/common';
import { messageSchema } from '@parley/model';
import { Call, FromBody, FromPath } from './call/call';
import { By, type Caller, type Exchange, Over } from './call/caller';
import { Idempotency } from './call/idempotency';
import { MediaLinks } from './media-links';
import { type PreviewBody, previewBody, type ReplyBody, replyBody, type StartBody, startBody } from './replies/bodies';
import { FirstWords } from './replies/first-words';
import { Previews, previewSchema } from './replies/preview';
import { Replies } from './replies/replies';

const tag = 'Messages';

/** What a shop says. */
@Controller()
export class RepliesController {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly links: MediaLinks,
    private readonly replies: Replies,
    private readonly previews: Previews,
    private readonly firstWords: FirstWords,
  ) {}

  @Call('POST /v1/conversations/:id/messages', {
    summary: 'Reply, or leave a private note',
    description: 'Accepted once the log has it; a GET that follows finds it. What became of it is in `delivery`.',
    tag,
    scopes: ['messages:write', 'bot'],
    status: 202,
    answer: messageSchema,
    once: true,
  })
  reply(@By() caller: Caller, @FromPath() id: string, @FromBody(replyBody) body: ReplyBody, @Over() over: Exchange) {
    const { id: merchantId } = caller.merchant;
    return this.idempotency.once(over, { merchantId, status: 202 }, async (key) =>
      this.links.in(merchantId, await this.replies.say(caller, id, body, key)),
    );
  }

  @Call('POST /v1/conversations/:id/messages/preview', {
    summary: 'Dry run of a reply',
    description: 'Translation and its checks, what the channel would get and what would be lost, and whether it may be sent now.',
    tag,
    scopes: ['messages:read', 'messages:write', 'bot'],
    answer: previewSchema,
  })
  async preview(
    @By() caller: Caller,
    @FromPath() id: string,
    @FromBody(previewBody) body: PreviewBody,
    @Over() { reply }: Exchange,
  ) {
    const thread = await this.replies.thread(caller, id);
    // Nobody waits for it any more: the engines need not go on.
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    return this.previews.of(caller, thread, body, gone.signal);
  }

  @Call('POST /v1/messages', {
    summary: 'Start a conversation',
    tag,
    scopes: ['messages:write'],
    status: 202,
    answer: messageSchema,
    once: true,
  })
  start(@By() caller: Caller, @FromBody(startBody) body: StartBody, @Over() over: Exchange) {
    const { id: merchantId } = caller.merchant;
    return this.idempotency.once(over, { merchantId, status: 202 }, async (key) =>
      this.links.in(merchantId, await this.firstWords.say(caller, body, key)),
    );
  }
}

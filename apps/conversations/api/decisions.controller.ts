import { Controller } from '@nestjs/common';
import { messageSchema } from '@parley/model';
import { z } from 'zod';
import { Call, FromBody, FromPath } from './call/call';
import { By, type Caller, type Exchange, Over } from './call/caller';
import { Idempotency } from './call/idempotency';
import { MediaLinks } from './media-links';
import { releaseBody, retryBody } from './replies/bodies';
import { Decisions } from './replies/decisions';
import { Signals } from './replies/signals';

const reactionBody = z.strictObject({ emoji: z.string().min(1).max(32).nullable().describe('Null takes it back.') });
const common = { tag: 'Messages', scopes: ['messages:write'], status: 202, answer: messageSchema, once: true } as const;

/** What a person does to a message that is there. */
@Controller()
export class DecisionsController {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly links: MediaLinks,
    private readonly decisions: Decisions,
    private readonly signals: Signals,
  ) {}

  @Call('POST /v1/messages/:id/retry', { ...common, summary: 'Send a failed, held or uncertain message once more' })
  retry(@By() caller: Caller, @FromPath() id: string, @FromBody(retryBody) _body: object, @Over() over: Exchange) {
    return this.once(caller, over, () => this.decisions.retry(caller, id));
  }

  @Call('POST /v1/messages/:id/release', { ...common, summary: 'Send a held message: mended, or in spite of the checks' })
  release(
    @By() caller: Caller,
    @FromPath() id: string,
    @FromBody(releaseBody) body: z.infer<typeof releaseBody>,
    @Over() over: Exchange,
  ) {
    return this.once(caller, over, () => this.decisions.release(caller, id, body.translation));
  }

  @Call('POST /v1/messages/:id/cancel', { ...common, summary: 'Do not send a message after all' })
  cancel(@By() caller: Caller, @FromPath() id: string, @FromBody(retryBody) _body: object, @Over() over: Exchange) {
    return this.once(caller, over, () => this.decisions.cancel(caller, id));
  }

  @Call('POST /v1/messages/:id/reactions', { ...common, summary: 'React to a message of the buyer' })
  react(
    @By() caller: Caller,
    @FromPath() id: string,
    @FromBody(reactionBody) body: z.infer<typeof reactionBody>,
    @Over() over: Exchange,
  ) {
    return this.once(caller, over, () => this.signals.react(caller, id, body.emoji));
  }

  private once<T>(caller: Caller, over: Exchange, work: () => Promise<T>): Promise<T> {
    const { id: merchantId } = caller.merchant;
    return this.idempotency.once(over, { merchantId, status: common.status }, async () =>
      this.links.in(merchantId, await work()),
    );
  }
}

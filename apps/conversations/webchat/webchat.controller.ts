import { Controller, HttpCode, Options } from '@nestjs/common';
import type { AccountFacts } from '@parley/connector';
import {
  isSignedIdentity,
  issueSession,
  knownVisitorId,
  newVisitorId,
  readSession,
  SESSION_MS,
  type WebchatClaims,
  type WebchatSettings,
  webchatContextSchema,
} from '@parley/connectors/webchat';
import { conversationId, type Message } from '@parley/model';
import { House, ProblemError } from '@parley/runtime';
import { z } from 'zod';
import { Call, FromBody, FromPath, FromQuery } from '../api/call/call';
import { type Exchange, Over } from '../api/call/caller';
import { bearerOf } from '../api/call/key-ring';
import { RateLimits } from '../api/call/rate-limits';
import { MediaLinks } from '../api/media-links';
import { language } from '../api/page';
import { EventFeed } from '../realtime/event-feed';
import { positionOf } from '../realtime/events.controller';
import { getConversation, getMessages, listMessages, readEvents } from '../store';
import { BuyerReceipts } from './buyer-receipts';
import { BUYER_EVENTS, buyerMessageSchema, buyerView, messageIn } from './buyer-view';
import { assertOrigin, type Visit, Visits } from './visits';

const sessionBody = z
  .strictObject({
    language: language.optional(),
    name: z.string().trim().max(200).optional(),
    email: z.email().max(320).optional(),
    userId: z.string().min(1).max(190).optional(),
    signature: z.string().max(200).optional(),
    context: webchatContextSchema.optional(),
  })
  .refine((body) => body.signature === undefined || body.userId !== undefined, {
    path: ['userId'],
    message: 'Goes with a signature.',
  });
type SessionBody = z.infer<typeof sessionBody>;

const messagesQuery = z.strictObject({
  after: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
  token: z.string().optional(),
});
type MessagesQuery = z.infer<typeof messagesQuery>;

const sessionSchema = z.object({
  token: z.string().describe('Goes as `Authorization: Bearer`, to the socket as `?token=`.'),
  conversationId: z.string().nullable().describe('Null: nothing was said yet.'),
  cursor: z.string().describe('Where the socket is to go on.'),
  expiresAt: z.string(),
});
const messagesSchema = z.object({
  data: z.array(buyerMessageSchema),
  nextCursor: z.string().nullable(),
  cursor: z.string(),
});

/** What the chat window of a shop calls. Writing (`POST /webchat/{accountId}/messages`) is taken in by ingest, as any channel's webhook. */
@Controller()
export class WebchatController {
  constructor(
    private readonly house: House,
    private readonly visits: Visits,
    private readonly feed: EventFeed,
    private readonly links: MediaLinks,
    private readonly receipts: BuyerReceipts,
    private readonly limits: RateLimits,
  ) {}

  /** Preflight of a page that lives elsewhere; the headers are set for all of `/webchat`. */
  @Options('webchat/:accountId/:what')
  @HttpCode(204)
  preflight(): void {}

  @Call('POST /webchat/:accountId/sessions', {
    summary: 'Begin, or go on with, a chat: anonymous or as a customer the shop has signed',
    tag: 'Web chat',
    scopes: 'open',
    status: 201,
    answer: sessionSchema,
  })
  async begin(@FromPath('accountId') accountId: string, @FromBody(sessionBody) body: SessionBody, @Over() { request }: Exchange) {
    await this.limits.takePublic(accountId, request.ip);
    const account = await this.visits.account(accountId);
    assertOrigin(account, request.headers.origin);
    const now = Date.now();
    const visitor = claimsOf(account, body, bearerOf(request.headers.authorization), now);
    const { merchantId } = account;
    const id = conversationId(accountId, visitor.visitorId);
    const conversation = await this.house.database.transaction(merchantId, (client) => getConversation(client, merchantId, id));
    return {
      token: issueSession(account.signingKey, visitor),
      conversationId: conversation?.id ?? null,
      cursor: String(await this.feed.position(merchantId)),
      expiresAt: new Date(visitor.expiresAt).toISOString(),
    };
  }

  @Call('GET /webchat/:accountId/messages', {
    summary: "The visitor's conversation",
    description:
      'Without `after`: the messages there are, oldest first. With a cursor: those that came or changed since. `cursor` is where to go on; there is more right now when `nextCursor` is given. The token goes as `Authorization: Bearer`.',
    tag: 'Web chat',
    scopes: 'open',
    answer: messagesSchema,
  })
  async messages(
    @FromPath('accountId') accountId: string,
    @FromQuery(messagesQuery) query: MessagesQuery,
    @Over() { request }: Exchange,
  ) {
    const token = bearerOf(request.headers.authorization) ?? query.token ?? null;
    const visit = await this.visits.visit(accountId, token, request.headers.origin);
    const after = positionOf(query.after);
    return after === null ? this.all(visit) : this.since(visit, after, query.limit);
  }

  /** The last so many: further back nobody scrolls in a chat window. */
  private async all(visit: Visit) {
    const { merchantId } = visit.account;
    const cursor = String(await this.feed.position(merchantId));
    const page = { before: Number.MAX_SAFE_INTEGER, limit: HISTORY_MAX, notes: false };
    const { data } = await this.house.database.transaction(merchantId, (client) =>
      listMessages(client, merchantId, visit.conversationId, page),
    );
    this.noteDelivered(visit, data);
    return { data: this.shown(merchantId, data), nextCursor: null, cursor };
  }

  private async since(visit: Visit, after: number, limit: number) {
    const { merchantId } = visit.account;
    const found = await this.house.database.transaction(merchantId, async (client) => {
      const filter = { types: BUYER_EVENTS, conversationId: visit.conversationId };
      const { rows, scannedTo } = await readEvents(client, merchantId, { ...filter, after, limit });
      const ids = [...new Set(rows.map((row) => messageIn(row)?.id).filter((id) => id !== undefined))];
      const messages = await getMessages(client, merchantId, ids);
      return {
        messages: messages.sort((a, b) => a.sequence - b.sequence),
        cursor: String(scannedTo),
        more: rows.length === limit,
      };
    });
    const { messages, cursor, more } = found;
    this.noteDelivered(visit, messages);
    return { data: this.shown(merchantId, messages), nextCursor: more ? cursor : null, cursor };
  }

  /** What the window fetches has arrived as surely as what the socket brings. */
  private noteDelivered(visit: Visit, messages: readonly Message[]): void {
    const arrived = messages.filter((message) => message.delivery?.state === 'sent');
    if (arrived.length > 0) void this.receipts.delivered(visit, arrived);
  }

  private shown(merchantId: string, messages: readonly Message[]) {
    const visible = messages.map(buyerView).filter((message) => message !== null);
    return this.links.in(merchantId, visible, this.house.config.publicUrl);
  }
}

const HISTORY_MAX = 200;

/** Who it is: a customer the shop's server vouches for, whoever held a session before, or somebody new. */
function claimsOf(account: AccountFacts<WebchatSettings>, body: SessionBody, token: string | null, now: number): WebchatClaims {
  const { userId, signature, name, email, language: reads, context } = body;
  const before = token === null ? null : readSession(account.signingKey, token, now);
  const said = {
    ...(name ? { name } : {}),
    ...(email ? { email } : {}),
    ...(reads ? { language: reads } : {}),
    ...(context ? { context } : {}),
  };
  const times = { issuedAt: now, expiresAt: now + SESSION_MS };
  if (userId === undefined) {
    const anonymous = before ?? { visitorId: newVisitorId(), verified: false };
    return { ...anonymous, ...said, ...times };
  }
  assertIdentity(account.settings.identitySecret, userId, signature);
  return { visitorId: knownVisitorId(userId), verified: true, ...said, ...times };
}

/** @throws ProblemError 422 where the shop signs nobody, 401 for a signature that is not the shop's. */
function assertIdentity(identitySecret: string | undefined, userId: string, signature: string | undefined): void {
  if (!identitySecret) {
    throw new ProblemError(422, 'no-identity-secret', 'This account has no identitySecret: its visitors are anonymous.', {
      errors: [{ pointer: '/userId', detail: 'Leave it out, or set identitySecret.', code: 'no-identity-secret' }],
    });
  }
  if (signature !== undefined && isSignedIdentity(identitySecret, userId, signature)) return;
  throw new ProblemError(401, 'identity-forged', 'The signature is not that of the shop for this userId.', {
    errors: [{ pointer: '/signature', detail: 'HMAC-SHA256 of userId with identitySecret, in hex.', code: 'identity-forged' }],
  });
}

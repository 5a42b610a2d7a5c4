import { Controller, Get, Inject, Options, Param, Post, Req, Res } from '@nestjs/common';
import {
  type AccountFacts,
  type WebhookAnswer,
  type WebhookReceiver,
  WebhookRejection,
  type WebhookRequest,
} from '@parley/connector';
import { isAllowedOrigin, type WebchatSettings } from '@parley/connectors/webchat';
import { type Account, House, ProblemError, stepSignals, TakesBody } from '@parley/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counter } from 'prom-client';
import { CHANNELS, type Channels, webhookOf } from './channels';
import { Intake } from './intake';
import { PublicLimits } from './public-limits';

/** Its webhook is called by browsers: public, with an address of its own. */
const PUBLIC_CHANNEL = 'webchat';

interface Target {
  readonly account: Account;
  readonly facts: AccountFacts<any>;
  readonly receiver: WebhookReceiver<any>;
}

/**
 * What channels and chat windows call. Nothing is answered before the log has it; whatever a paused account is told is
 * kept as well. Postgres is not asked on the way: accounts are in memory.
 */
@Controller()
export class WebhookController {
  private readonly refused: Counter;

  constructor(
    private readonly house: House,
    @Inject(CHANNELS) private readonly channels: Channels,
    private readonly intake: Intake,
    private readonly limits: PublicLimits,
  ) {
    this.refused = new Counter({
      name: 'parley_ingest_refused_total',
      help: 'Webhook calls that were not taken in, by channel and status',
      labelNames: ['channel', 'status'],
      registers: [house.metrics],
    });
  }

  @Get('channels/:accountId/webhook')
  @TakesBody({ raw: true })
  async onHandshake(@Param('accountId') accountId: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { account, facts, receiver } = await this.targetOf(accountId, false);
    const { handshake } = receiver;
    if (!handshake)
      throw new ProblemError(405, 'method-not-allowed', 'This channel is taken in by POST only.', { headers: { allow: 'POST' } });
    answer(
      reply,
      this.judged(account, () => handshake(webhookRequest(request, 'GET'), facts)),
    );
  }

  @Post('channels/:accountId/webhook')
  @TakesBody({ raw: true })
  async onWebhook(@Param('accountId') accountId: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    answer(reply, await this.takeIn(await this.targetOf(accountId, false), request));
  }

  @Post('webchat/:accountId/messages')
  @TakesBody({ raw: true })
  async onVisitor(@Param('accountId') accountId: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const target = await this.targetOf(accountId, true);
    letPageRead(request, reply, target.facts);
    await this.limits.address(accountId, request.ip);
    answer(reply, await this.takeIn(target, request));
  }

  /** A browser asks whether the page may call. */
  @Options('webchat/:accountId/messages')
  async onPreflight(@Param('accountId') accountId: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { facts } = await this.targetOf(accountId, true);
    if (!letPageRead(request, reply, facts))
      throw new ProblemError(403, 'origin-not-allowed', 'This web page may not use the chat.');
    void reply
      .headers({
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'authorization, content-type',
        'access-control-max-age': '600',
      })
      .code(204)
      .send();
  }

  private async takeIn({ account, facts, receiver }: Target, request: FastifyRequest): Promise<WebhookAnswer | undefined> {
    const asked = webhookRequest(request, 'POST');
    const { items, notices = [], answer } = this.judged(account, () => receiver.accept(asked, facts));
    if (account.channel === PUBLIC_CHANNEL) {
      for (const item of items) await this.limits.visitor(account.id, item.orderKey ?? '');
    }
    await Promise.all([
      this.intake.append(account, items, 'webhook', asked.rawBody),
      this.intake.appendNotices(account, notices),
    ]);
    return answer;
  }

  /** @throws ProblemError 404: what is not there, is of another channel, or takes no calls, all look the same. */
  private async targetOf(accountId: string, isPublic: boolean): Promise<Target> {
    const account = await this.house.accounts.get(accountId);
    const receiver = account && webhookOf(this.channels.connectorFor(account.channel));
    if (!account || !receiver || account.state === 'deleted' || (account.channel === PUBLIC_CHANNEL) !== isPublic)
      throw new ProblemError(404, 'no-such-account', 'There is no account that takes in messages at this address.');
    return { account, receiver, facts: this.factsOf(account) };
  }

  /** Settings that were valid once may be so no longer. The channel tries again, so nothing is lost meanwhile. */
  private factsOf(account: Account): AccountFacts<any> {
    try {
      return this.channels.factsOf(account);
    } catch (cause) {
      throw new ProblemError(503, 'account-unusable', 'The settings of this account need attention. Try again later.', {
        headers: { 'retry-after': '60' },
        cause,
      });
    }
  }

  private judged<T>(account: Account, judge: () => T): T {
    try {
      return judge();
    } catch (error) {
      if (!(error instanceof WebhookRejection)) throw error;
      this.refused.inc({ channel: account.channel, status: error.status });
      stepSignals(this.house.metrics).failed('ingest', account.id, 'refused');
      const { status, code, message, pointer } = error;
      throw new ProblemError(status, code, message, { errors: pointer === undefined ? [] : [{ pointer, detail: message }] });
    }
  }
}

function webhookRequest(request: FastifyRequest, method: 'GET' | 'POST'): WebhookRequest {
  return {
    method,
    query: firstOfEach(request.query as Record<string, string | string[]>),
    headers: joined(request.headers),
    rawBody: request.rawBody ?? Buffer.alloc(0),
    remoteAddress: request.ip,
  };
}

const firstOfEach = (query: Record<string, string | string[]>): Record<string, string> =>
  Object.fromEntries(Object.entries(query).map(([name, value]) => [name, (Array.isArray(value) ? value[0] : value) ?? '']));

const joined = (headers: FastifyRequest['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );

function answer(reply: FastifyReply, { status, contentType, body }: WebhookAnswer = { status: 200 }): void {
  void reply
    .code(status)
    .type(contentType ?? 'text/plain; charset=utf-8')
    .send(body ?? '');
}

/** Also what goes wrong is to be read by the page, so this comes first. @returns whether the page may use the chat. */
function letPageRead(request: FastifyRequest, reply: FastifyReply, facts: AccountFacts<WebchatSettings>): boolean {
  const { origin } = request.headers;
  void reply.header('vary', 'origin');
  if (origin === undefined || !isAllowedOrigin(facts.settings.allowedOrigins, origin)) return origin === undefined;
  void reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': 'retry-after, x-request-id' });
  return true;
}

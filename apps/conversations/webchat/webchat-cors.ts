import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { isAllowedOrigin } from '@parley/connectors/webchat';
import { House } from '@parley/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Visits } from './visits';

const WEBCHAT = /^\/webchat\/([^/?]+)\//;

/**
 * Lets pages of the allowed origins call `/webchat/...` of this process, whichever app serves it. There are no cookies: what
 * counts is the token, so that any page may be allowed.
 */
@Injectable()
export class WebchatCors implements OnModuleInit {
  constructor(
    private readonly house: House,
    private readonly adapter: HttpAdapterHost,
    private readonly visits: Visits,
  ) {}

  onModuleInit(): void {
    const server = this.adapter.httpAdapter.getInstance<FastifyInstance>();
    server.addHook('onRequest', async (request, reply) => this.allow(request, reply));
  }

  private async allow(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const accountId = WEBCHAT.exec(request.url)?.[1];
    if (!accountId) return;
    reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (!origin || !(await this.isAllowed(decodeURIComponent(accountId), origin))) return;
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'Authorization, Content-Type',
      'access-control-max-age': '3600',
    });
  }

  private async isAllowed(accountId: string, origin: string): Promise<boolean> {
    try {
      const account = await this.visits.account(accountId);
      return isAllowedOrigin(account.settings.allowedOrigins, origin);
    } catch (err) {
      this.house.log.debug({ err, accountId }, 'No chat window whose origins could be looked up');
      return false;
    }
  }
}

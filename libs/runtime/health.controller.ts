import { Controller, Get, Header, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { House } from './house';
import { Readiness } from './readiness';

/** What every process answers, whatever its apps. */
@Controller()
export class HealthController {
  constructor(
    private readonly house: House,
    private readonly readiness: Readiness,
  ) {}

  /** The process is alive: it says so itself. */
  @Get('healthz')
  healthz(): object {
    return { status: 'ok' };
  }

  /** It can do its work; if not, what is in the way. */
  @Get('readyz')
  async readyz(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const { ready, checks } = await this.readiness.check();
    reply.status(ready ? 200 : 503).header('cache-control', 'no-store');
    if (!ready) reply.header('retry-after', '2');
    return { status: ready ? 'ready' : 'not-ready', checks };
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return this.house.metrics.metrics();
  }
}

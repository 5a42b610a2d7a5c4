import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { LogUnavailableError } from '@parley/event-log';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseUnavailable } from '../database/database-errors';
import type { Logger } from '../logger';
import { ProblemError } from './problem';
import type { RouteTable } from './route-table';

const RETRY_AFTER_S = '2';

/** Answers every error of every route, also those that never reached a controller, as problem+json. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: Logger,
    private readonly routes: RouteTable,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') {
      // A socket has nobody to answer to here; thrown on, the error would end the process.
      this.log.error({ err: error }, 'A gateway failed');
      return;
    }
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = this.problemFor(error, request);
    const about = { requestId: request.id, method: request.method, route: request.routeOptions?.url };
    if (problem.status >= 500) this.log.error({ err: error, ...about }, 'A request could not be answered');
    if (reply.sent || reply.raw.headersSent) {
      // An answer that broke off half-way must not look like a whole one.
      reply.raw.destroy();
      return;
    }
    void reply
      .headers(problem.headers)
      .code(problem.status)
      .type('application/problem+json; charset=utf-8')
      // As text: no serializer of a route is to judge it.
      .send(JSON.stringify({ ...problem.toBody(), requestId: request.id }));
  }

  private problemFor(error: unknown, request: FastifyRequest): ProblemError {
    if (error instanceof ProblemError) return error;
    if (isUnavailable(error)) {
      return new ProblemError(503, 'unavailable', 'The store does not answer at the moment. Nothing was taken in; try again.', {
        headers: { 'retry-after': RETRY_AFTER_S },
      });
    }
    const status = statusOf(error);
    if (status === 404 && !request.routeOptions?.url) return this.noSuchRoute(request);
    if (status === undefined || status >= 500) return new ProblemError(500, 'internal', 'Something went wrong on our side.');
    return new ProblemError(status, codes[status] ?? 'refused', (error as Error).message);
  }

  private noSuchRoute(request: FastifyRequest): ProblemError {
    const methods = this.routes.methodsOf(request.url);
    if (methods.length === 0) return new ProblemError(404, 'not-found', 'There is nothing at this address.');
    const allow = methods.join(', ');
    return new ProblemError(405, 'method-not-allowed', `This address takes ${allow} only.`, { headers: { allow } });
  }
}

const isUnavailable = (error: unknown): boolean => error instanceof LogUnavailableError || isDatabaseUnavailable(error);

/** Of Nest's own exceptions and of Fastify's (a body too large, a broken URL). */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 600 ? statusCode : undefined;
}

const codes: Readonly<Record<number, string>> = {
  400: 'bad-request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  408: 'timeout',
  409: 'conflict',
  411: 'length-required',
  413: 'too-large',
  414: 'address-too-long',
  415: 'unsupported-media-type',
  422: 'unprocessable',
  429: 'too-many-requests',
  431: 'headers-too-large',
};

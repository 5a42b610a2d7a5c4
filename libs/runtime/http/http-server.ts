import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import multipart from '@fastify/multipart';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import { Histogram, type Registry } from 'prom-client';
import type { Logger } from '../logger';
import { traceRequests } from '../tracing/request-spans';
import { tracingIsOn } from '../tracing/spans';
import { BODY_BYTES_MAX, registerBodyParsers } from './body';
import { RouteTable } from './route-table';

const UPLOAD_BYTES_MAX = 100 * 1024 * 1024;

export interface HttpServer {
  readonly adapter: FastifyAdapter;
  readonly routes: RouteTable;
}

/** Fastify as Parley wants it, before Nest adds the routes. */
export function createHttpServer(log: Logger, metrics: Registry): HttpServer {
  const adapter = new FastifyAdapter<RawServerDefault>({
    bodyLimit: BODY_BYTES_MAX,
    // A proxy in front is the operator's to name; until then headers that anybody can write are not believed.
    trustProxy: false,
    // A body that drips in for longer is given up; answers may take as long as they want (event streams do).
    requestTimeout: 60_000,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
    genReqId: (request: IncomingMessage) => givenId(request.headers['x-request-id']) ?? randomUUID(),
    // While we stop, what is on its way is answered as ever.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  });
  const server = adapter.getInstance() as unknown as FastifyInstance;
  const routes = new RouteTable();
  server.addHook('onRoute', (route) => routes.add(route.url, route.method));
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
  });
  if (tracingIsOn()) traceRequests(server);
  registerBodyParsers(server);
  server.register(multipart, { limits: { fileSize: UPLOAD_BYTES_MAX, files: 1, fields: 20, fieldSize: 64 * 1024 } });
  measure(server, log, metrics);
  return { adapter, routes };
}

/** One that somebody in front of us gave, so that their log and ours can be read together. */
const givenId = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' && /^[\w.-]{8,128}$/.test(header) ? header : undefined;

function measure(server: FastifyInstance, log: Logger, metrics: Registry): void {
  const duration = new Histogram({
    name: 'parley_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [metrics],
  });
  server.addHook('onResponse', async (request: FastifyRequest, reply: FastifyReply) => {
    // The pattern, never the address: it may hold tokens, and would make endless time series.
    const route = request.routeOptions?.url ?? 'none';
    duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    log.debug(
      { requestId: request.id, method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'Answered',
    );
  });
}

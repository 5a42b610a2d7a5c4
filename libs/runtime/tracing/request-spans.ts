import { type Context, context, propagation, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';

interface Traced {
  readonly span: Span;
  readonly within: Context;
}

/** Asked every few seconds by machines; nobody looks for these in a trace. */
const UNTRACED = /^\/(healthz|readyz|metrics)$/;
/** Calls with a key. Only these may go on with a trace of their own; what a stranger sends is no more than a link. */
const FOR_KEYS = /^\/v1\//;

/** A span for each request, by the pattern of its route: addresses hold tokens. Called only where traces are recorded. */
export function traceRequests(server: FastifyInstance): void {
  const traced = new WeakMap<FastifyRequest, Traced>();
  server.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions?.url;
    if (route !== undefined && !UNTRACED.test(route)) traced.set(request, begin(request, route));
    done();
  });
  // Reading the body leaves the context behind, so it is entered after that.
  server.addHook('preHandler', (request, _reply, done) => {
    const found = traced.get(request);
    if (found) context.with(found.within, done);
    else done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const span = traced.get(request)?.span;
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    done();
  });
}

function begin(request: FastifyRequest, route: string): Traced {
  const given = propagation.extract(ROOT_CONTEXT, request.headers);
  const theirs = trace.getSpanContext(given);
  const parent = FOR_KEYS.test(route) ? given : ROOT_CONTEXT;
  const { accountId, id } = (request.params ?? {}) as Record<string, string | undefined>;
  const span = trace.getTracer('parley').startSpan(
    `${request.method} ${route}`,
    {
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': request.method,
        'http.route': route,
        'parley.request_id': request.id,
        ...(accountId === undefined ? {} : { 'parley.account_id': accountId }),
        ...(id === undefined ? {} : { 'parley.id': id }),
      },
      ...(theirs && parent === ROOT_CONTEXT ? { links: [{ context: theirs }] } : {}),
    },
    parent,
  );
  return { span, within: trace.setSpan(parent, span) };
}

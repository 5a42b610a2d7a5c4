import type { CloudEvent } from '@parley/model';
import type { FastifyReply } from 'fastify';
import type { Sink } from './event-feed';

const PING_MS = 15_000;
const RETRY_MS = 2_000;

/** Answers with an event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html) for as long as the other side stays. */
export function startEventStream(
  reply: FastifyReply,
  shown: (event: CloudEvent) => unknown,
): Sink & { onGone(listener: () => void): void } {
  reply.hijack();
  const { raw } = reply;
  const headers = {
    ...reply.getHeaders(),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  };
  raw.writeHead(200, headers as Record<string, string>);
  raw.write(`retry: ${RETRY_MS}\n\n`);
  const pinger = setInterval(() => raw.write(': ping\n\n'), PING_MS);
  pinger.unref();
  raw.once('close', () => clearInterval(pinger));
  // A line that breaks says "close" as well.
  raw.on('error', () => undefined);
  return {
    event: ({ cursor, event }) => void raw.write(`id: ${cursor}\ndata: ${JSON.stringify(shown(event))}\n\n`),
    // An id without data moves the reader's place on, and is no event.
    ready: (cursor) => void raw.write(`id: ${cursor}\n: ready\n\n`),
    backlog: () => raw.writableLength,
    end(reason) {
      if (reason === 'too-slow') raw.destroy();
      else raw.end();
    },
    onGone: (listener) => void raw.once('close', listener),
  };
}

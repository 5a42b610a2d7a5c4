import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Behaviour, FakeProvider, Misbehaviour } from './driver';

export interface ProviderCall {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Base URL of the provider, for answers that name one. */
  readonly url: string;
}
export interface ProviderAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: unknown;
}

export interface HttpProvider {
  /** What the provider answers when all is well. */
  answer(call: ProviderCall): ProviderAnswer;
  /** Is this the call that brings a message to a buyer? Only these are treated badly. Default: every POST. */
  isSend?(call: ProviderCall): boolean;
  /** The channel's own words for a refusal. */
  readonly refusals?: Partial<Record<Misbehaviour, ProviderAnswer>>;
}

const plainRefusals: Partial<Record<Misbehaviour, ProviderAnswer>> = {
  throttled: { status: 429, headers: { 'retry-after': '7' }, body: {} },
  'server-error': { status: 500, body: {} },
  'expired-token': { status: 401, body: {} },
  garbage: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Please wait</html>' },
  refused: { status: 400, body: {} },
};

/** A provider on loopback that behaves as it is told. */
export const httpProvider = (provider: HttpProvider) => async (): Promise<FakeProvider> => {
  let behaviour: Behaviour = 'ok';
  let sent = 0;
  let url = '';
  const sockets = new Set<Socket>();
  const isSend = provider.isSend ?? ((call: ProviderCall) => call.method === 'POST');

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => response.destroy());
    request.on('end', () => {
      const { method = 'GET', url: path = '/', headers } = request;
      handle({ method, path, headers, body: Buffer.concat(chunks), url }, response);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  function handle(call: ProviderCall, response: ServerResponse): void {
    if (!isSend(call) || behaviour === 'ok') {
      const answer = provider.answer(call);
      if (isSend(call) && answer.status < 300) sent += 1;
      reply(response, answer);
    } else if (behaviour === 'cut') {
      response.destroy();
    } else if (behaviour !== 'slow') {
      // A slow provider says nothing until the other side has had enough.
      const refusal = provider.refusals?.[behaviour] ?? plainRefusals[behaviour];
      reply(response, refusal ?? { status: 500, body: { unanswered: behaviour } });
    }
  }

  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve());
    });
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });

  await listen(0);
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    behave(next) {
      behaviour = next;
    },
    sentCount: () => sent,
    close: stop,
  };
};

function reply(response: ServerResponse, { status, headers = {}, body }: ProviderAnswer): void {
  const isText = typeof body === 'string' || Buffer.isBuffer(body);
  response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json', ...headers });
  response.end(isText ? body : JSON.stringify(body ?? {}));
}

import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WsAdapter } from '@nestjs/platform-ws';
import { WebSocketServer } from 'ws';

const MESSAGE_BYTES_MAX = 1024 * 1024;
const GOING_AWAY = 1001;
const CLOSE_TIMEOUT_MS = 500;

interface Gateway {
  readonly pattern: RegExp;
  readonly server: WebSocketServer;
}

/**
 * Nest's `ws` adapter on the HTTP server's own port, with two differences: a gateway's path may have parameters
 * (`@WebSocketGateway({ path: '/webchat/:accountId/socket' })`), and sockets are told when we go away.
 * `handleConnection(socket, request: IncomingMessage)` of the gateway is the place to listen to messages.
 */
export class HouseWsAdapter extends WsAdapter {
  private readonly gateways: Gateway[] = [];

  constructor(private readonly http: HttpServer) {
    super();
  }

  override create(_port: number, options: { readonly path?: string } & Record<string, unknown> = {}): WebSocketServer {
    const { path = '/', server: _server, namespace: _namespace, ...rest } = options;
    const server = new WebSocketServer({ maxPayload: MESSAGE_BYTES_MAX, ...rest, noServer: true });
    // A socket that breaks says "close" as well; unheard, its error would end the process.
    server.on('connection', (socket) => socket.on('error', () => undefined));
    if (this.gateways.length === 0) this.http.on('upgrade', this.upgrade);
    this.gateways.push({ pattern: expressionOf(path), server });
    return server;
  }

  override async close(server: WebSocketServer): Promise<void> {
    for (const socket of server.clients) socket.close(GOING_AWAY, 'Parley is stopping');
    const giveUpAt = Date.now() + CLOSE_TIMEOUT_MS;
    while (server.clients.size > 0 && Date.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const socket of server.clients) socket.terminate();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  override async dispose(): Promise<void> {
    this.http.off('upgrade', this.upgrade);
  }

  private readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const gateway = this.gateways.find(({ pattern }) => pattern.test(path));
    if (!gateway) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    gateway.server.handleUpgrade(request, socket, head, (client) => gateway.server.emit('connection', client, request));
  };
}

const expressionOf = (path: string): RegExp =>
  new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[^/]+/g, '[^/]+')}/?$`);

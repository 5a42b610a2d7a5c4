import type { IncomingMessage } from 'node:http';
import { type OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import { House, ProblemError } from '@parley/runtime';
import type { WebSocket } from 'ws';
import type { z } from 'zod';
import { accountsOf, type Caller, mayDo, sees } from '../api/call/caller';
import { bearerOf, KeyRing } from '../api/call/key-ring';
import { MediaLinks } from '../api/media-links';
import { getConversation, parseEventCursor } from '../store';
import { type ClientMessage, clientMessage } from './client-message';
import { EventFeed } from './event-feed';
import { endings, JsonSocket, readMessage, Turns } from './socket-sink';
import { TypingNews, typingGate } from './typing';

/** `WS /v1/realtime`: the event stream for pages. Subscribe with a cursor: first what was missed, then what happens. */
@WebSocketGateway({ path: '/v1/realtime', maxPayload: 64 * 1024 })
export class RealtimeGateway implements OnGatewayConnection {
  constructor(
    private readonly house: House,
    private readonly keys: KeyRing,
    private readonly feed: EventFeed,
    private readonly links: MediaLinks,
    private readonly typing: TypingNews,
  ) {}

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    const line = new Line(new JsonSocket(socket));
    const turns = new Turns(line.json);
    // Heard from the first moment on; answered once the key was looked at.
    const caller = this.callerOf(request, line);
    const gate = typingGate();
    socket.on('message', (data) => {
      turns.take(async () => {
        const known = await caller;
        if (known) await this.onMessage(known, line, data, gate);
      });
    });
    const silence = this.typing.onTyping((news) => void this.onTyping(caller, line, news));
    line.json.onClose(() => {
      silence();
      line.end();
    });
  }

  private async callerOf(request: IncomingMessage, line: Line): Promise<Caller | null> {
    const given = bearerOf(request.headers.authorization) ?? new URL(request.url ?? '/', 'http://parley').searchParams.get('key');
    try {
      const caller = await this.keys.callerOf(given);
      if (mayDo(caller, ['events:read', 'messages:read'])) return caller;
      line.json.close('forbidden', 'This key may not read events. It takes the scope events:read.');
    } catch (error) {
      if (error instanceof ProblemError) line.json.close(error.status === 403 ? 'forbidden' : 'unauthorized', error.detail);
      else line.json.close('failed', endings.failed);
    }
    return null;
  }

  private async onMessage(caller: Caller, line: Line, data: unknown, gate: (on: boolean) => boolean): Promise<void> {
    const read = clientMessage.safeParse(readMessage(data));
    if (!read.success) return line.json.refuse('invalid-message', wordsFor(read.error));
    const message = read.data;
    switch (message.type) {
      case 'subscribe':
        return this.subscribe(caller, line, message);
      case 'typing':
        if (gate(message.on)) await this.tellTyping(caller, message);
        return;
      case 'ping':
        line.json.send({ type: 'pong' });
        return;
      case 'pong':
        return;
    }
  }

  /** A second subscription takes the place of the first. */
  private subscribe(caller: Caller, line: Line, wanted: Extract<ClientMessage, { type: 'subscribe' }>): void {
    const after = wanted.after ? parseEventCursor(wanted.after) : null;
    if (wanted.after && after === null) {
      line.json.refuse('invalid-cursor', 'This cursor was not given out here.');
      return;
    }
    const merchantId = caller.merchant.id;
    const filter = {
      types: wanted.types ?? undefined,
      conversationId: wanted.conversationId ?? undefined,
      accountIds: accountsOf(caller),
    };
    line.end();
    line.end = this.feed.follow(merchantId, after, filter, {
      event: ({ cursor, event }) => line.json.send({ type: 'event', cursor, event: this.links.in(merchantId, event) }),
      ready: (cursor) => line.json.send({ type: 'ready', cursor }),
      backlog: () => line.json.backlog(),
      end: (reason) => line.json.close(reason, endings[reason]),
    });
  }

  private async tellTyping(caller: Caller, { conversationId, on }: { conversationId: string; on: boolean }): Promise<void> {
    const merchantId = caller.merchant.id;
    const conversation = await this.house.database
      .transaction(merchantId, (client) => getConversation(client, merchantId, conversationId))
      .catch(() => null);
    if (!conversation || !sees(caller, conversation.accountId)) return;
    await this.typing.tell({ merchantId, accountId: conversation.accountId, conversationId, from: 'agent', on });
  }

  private async onTyping(caller: Promise<Caller | null>, line: Line, news: Parameters<TypingNews['tell']>[0]): Promise<void> {
    const known = await caller;
    if (known?.merchant.id !== news.merchantId || !sees(known, news.accountId) || news.from !== 'buyer') return;
    line.json.send({ type: 'typing', conversationId: news.conversationId, from: news.from, on: news.on });
  }
}

/** One socket and what it follows. */
class Line {
  end: () => void = () => undefined;

  constructor(readonly json: JsonSocket) {}
}

const wordsFor = (error: z.ZodError): string =>
  `Expected a message such as { "type": "subscribe", "after": "<cursor>" }. ${error.issues.map((issue) => issue.message).join('; ')}`;

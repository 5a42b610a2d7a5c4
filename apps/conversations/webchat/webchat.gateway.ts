import type { IncomingMessage } from 'node:http';
import { type OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import type { Message } from '@parley/model';
import { House, ProblemError } from '@parley/runtime';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { bearerOf } from '../api/call/key-ring';
import { MediaLinks } from '../api/media-links';
import { EventFeed } from '../realtime/event-feed';
import { endings, JsonSocket, readMessage, Turns } from '../realtime/socket-sink';
import { type Typing, TypingNews, typingGate } from '../realtime/typing';
import { type EventRow, parseEventCursor } from '../store';
import { BuyerReceipts } from './buyer-receipts';
import { BUYER_EVENTS, buyerEvent, buyerView, messageIn, tellsThatShopHasRead } from './buyer-view';
import { type Visit, Visits } from './visits';

export const buyerMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('subscribe'), after: z.string().max(100).nullish() }),
  z.strictObject({ type: z.literal('typing'), on: z.boolean().default(true) }),
  z.strictObject({ type: z.literal('read'), messageId: z.string().max(100).nullish() }),
  z.strictObject({ type: z.literal('ping') }),
  z.strictObject({ type: z.literal('pong') }),
]);

/** `WS /webchat/{accountId}/socket`: a buyer's own conversation, live, with typing and read marks both ways. */
@WebSocketGateway({ path: '/webchat/:accountId/socket', maxPayload: 64 * 1024 })
export class WebchatGateway implements OnGatewayConnection {
  constructor(
    private readonly house: House,
    private readonly visits: Visits,
    private readonly feed: EventFeed,
    private readonly links: MediaLinks,
    private readonly receipts: BuyerReceipts,
    private readonly typing: TypingNews,
  ) {}

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    const json = new JsonSocket(socket);
    const turns = new Turns(json);
    // Heard from the first moment on; answered once the token was looked at.
    const window = this.windowOf(request, json);
    socket.on('message', (data) => {
      turns.take(async () => {
        const open = await window;
        if (open) await this.onMessage(open, data);
      });
    });
    const silence = this.typing.onTyping((news) => void window.then((open) => open && this.onTyping(open, news)));
    json.onClose(() => {
      silence();
      void window.then((open) => open?.end());
    });
  }

  private async windowOf(request: IncomingMessage, json: JsonSocket): Promise<ChatWindow | null> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://parley');
    const token = bearerOf(request.headers.authorization) ?? searchParams.get('token');
    try {
      return new ChatWindow(await this.visits.visit(accountIn(pathname), token, request.headers.origin), json);
    } catch (error) {
      if (error instanceof ProblemError) json.close(closings[error.status] ?? 'forbidden', error.detail);
      else json.close('failed', endings.failed);
      return null;
    }
  }

  private async onMessage(open: ChatWindow, data: unknown): Promise<void> {
    const read = buyerMessage.safeParse(readMessage(data));
    if (!read.success) {
      open.json.refuse('invalid-message', 'Expected a message such as { "type": "subscribe", "after": "<cursor>" }.');
      return;
    }
    const message = read.data;
    switch (message.type) {
      case 'subscribe':
        this.subscribe(open, message.after ?? null);
        return;
      case 'typing':
        if (open.gate(message.on)) await this.typing.tell({ ...placeOf(open.visit), from: 'buyer', on: message.on });
        return;
      case 'read':
        await this.read(open, message.messageId ?? null);
        return;
      case 'ping':
        open.json.send({ type: 'pong' });
        return;
      case 'pong':
        return;
    }
  }

  private subscribe(open: ChatWindow, cursor: string | null): void {
    const after = cursor === null ? null : parseEventCursor(cursor);
    if (cursor !== null && after === null) {
      open.json.refuse('invalid-cursor', 'This cursor was not given out here.');
      return;
    }
    const { visit, json } = open;
    const filter = { conversationId: visit.conversationId, types: BUYER_EVENTS };
    open.end();
    open.live = false;
    open.end = this.feed.follow(visit.account.merchantId, after, filter, {
      event: (row) => this.show(open, row),
      ready: (ready) => {
        json.send({ type: 'ready', cursor: ready });
        open.live = true;
        this.flush(open);
      },
      backlog: () => json.backlog(),
      end: (reason) => json.close(reason, endings[reason]),
    });
  }

  private show(open: ChatWindow, row: EventRow): void {
    if (tellsThatShopHasRead(row)) open.json.send({ type: 'read', cursor: row.cursor, at: row.event.time });
    const message = messageIn(row);
    const view = message && buyerView(message);
    if (!message || !view) return;
    const { merchantId } = open.visit.account;
    const event = this.links.in(merchantId, buyerEvent(row.event, view), this.house.config.publicUrl);
    open.json.send({ type: 'event', cursor: row.cursor, event });
    open.note(message);
    if (open.live) this.flush(open);
  }

  /** What the window has been given is delivered. While catching up, later events may say that it was long ago. */
  private flush(open: ChatWindow): void {
    const arrived = open.arrived();
    if (arrived.length > 0) void this.receipts.delivered(open.visit, arrived);
  }

  private async read(open: ChatWindow, messageId: string | null): Promise<void> {
    try {
      await this.receipts.read(open.visit, messageId);
    } catch (err) {
      this.house.log.warn({ err, accountId: open.visit.account.id }, 'That a visitor has read could not be noted');
    }
  }

  private onTyping({ visit, json }: ChatWindow, news: Typing): void {
    if (news.from === 'agent' && news.conversationId === visit.conversationId)
      json.send({ type: 'typing', from: 'agent', on: news.on });
  }
}

const closings: Readonly<Record<number, 'unauthorized' | 'forbidden' | 'not-found'>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
};

const accountIn = (pathname: string): string => decodeURIComponent(pathname.split('/')[2] ?? '');

const placeOf = ({ account, conversationId }: Visit) => ({
  merchantId: account.merchantId,
  accountId: account.id,
  conversationId,
});

/** One open chat window. */
class ChatWindow {
  readonly gate = typingGate();
  live = false;
  end: () => void = () => undefined;
  private readonly undelivered = new Map<string, Message>();

  constructor(
    readonly visit: Visit,
    readonly json: JsonSocket,
  ) {}

  note(message: Message): void {
    if (message.delivery?.state === 'sent') this.undelivered.set(message.id, message);
    else this.undelivered.delete(message.id);
  }

  arrived(): Message[] {
    const messages = [...this.undelivered.values()];
    this.undelivered.clear();
    return messages;
  }
}

import { useEffect, useRef, useState } from 'react';
import { storedKey } from './client';
import type { RealtimeEvent } from './types';
import { hearTyping, setVoice } from './typing';

export type Connection = 'connecting' | 'live' | 'lost';

const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 15_000;
/** The server pings more often than this; silence means a dead line. */
const SILENCE_MS_MAX = 60_000;

/**
 * The events of the shop, live. After a break it goes on behind the last one seen, so none is missed and none comes twice;
 * `onGap` is called where that cannot be told (first connection): read again.
 */
export function useRealtime(onEvent: (event: RealtimeEvent) => void, onGap: () => void): Connection {
  const [connection, setConnection] = useState<Connection>('connecting');
  const handlers = useRef({ onEvent, onGap });
  handlers.current = { onEvent, onGap };
  useEffect(() => {
    const line = new Line(
      (event) => handlers.current.onEvent(event),
      () => handlers.current.onGap(),
      setConnection,
    );
    return () => line.close();
  }, []);
  return connection;
}

interface ServerMessage {
  readonly type: string;
  readonly cursor?: string;
  readonly event?: RealtimeEvent;
  readonly conversationId?: string;
  readonly on?: boolean;
}

class Line {
  private socket: WebSocket | undefined;
  private cursor: string | undefined;
  private tries = 0;
  private closed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly onEvent: (event: RealtimeEvent) => void,
    private readonly onGap: () => void,
    private readonly onState: (state: Connection) => void,
  ) {
    addEventListener('online', this.hurry);
    document.addEventListener('visibilitychange', this.hurry);
    this.open();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    removeEventListener('online', this.hurry);
    document.removeEventListener('visibilitychange', this.hurry);
    setVoice(null);
    this.socket?.close();
  }

  private readonly hurry = (): void => {
    if (this.closed || document.hidden || this.socket?.readyState === WebSocket.OPEN) return;
    clearTimeout(this.timer);
    this.open();
  };

  private open(): void {
    this.socket?.close();
    const address = `${location.origin.replace(/^http/, 'ws')}/v1/realtime?key=${encodeURIComponent(storedKey() ?? '')}`;
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.onopen = () => {
      this.heard(socket);
      setVoice((line) => socket.send(JSON.stringify(line)));
      socket.send(JSON.stringify({ type: 'subscribe', ...(this.cursor ? { after: this.cursor } : {}) }));
    };
    socket.onmessage = ({ data }) => this.take(socket, String(data));
    socket.onclose = () => {
      if (this.socket === socket && !this.closed) this.retry();
    };
  }

  private take(socket: WebSocket, text: string): void {
    this.heard(socket);
    const message = JSON.parse(text) as ServerMessage;
    if (message.type === 'ping') socket.send(JSON.stringify({ type: 'pong' }));
    if (message.cursor) {
      if (message.type === 'ready' && this.cursor === undefined) this.onGap();
      this.cursor = message.cursor;
    }
    if (message.type === 'ready') {
      this.tries = 0;
      this.onState('live');
    }
    if (message.type === 'event' && message.event) this.onEvent(message.event);
    if (message.type === 'typing' && message.conversationId)
      hearTyping({ conversationId: message.conversationId, on: message.on ?? true });
  }

  private heard(socket: WebSocket): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => socket.close(), SILENCE_MS_MAX);
  }

  private retry(): void {
    clearTimeout(this.silence);
    setVoice(null);
    this.onState('lost');
    const delay = Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** this.tries++) * (0.5 + Math.random() / 2);
    this.timer = setTimeout(() => this.open(), delay);
  }
}

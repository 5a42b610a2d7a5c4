import { WebSocket } from 'ws';

const PING_MS = 25_000;
const SILENCE_MS_MAX = 70_000;
const CLOSE_MS_MAX = 2_000;

/** Why a socket was closed, where the protocol's own codes do not say it (4000–4999 are ours). */
export const closeCodes = {
  stopping: 1001,
  failed: 1011,
  'too-slow': 4408,
  unauthorized: 4401,
  forbidden: 4403,
  'not-found': 4404,
  'too-many': 4429,
} as const;

/** JSON out, a heart-beat, and an end that always comes. */
export class JsonSocket {
  private heardAt = Date.now();
  private readonly pinger: NodeJS.Timeout;

  constructor(private readonly socket: WebSocket) {
    this.pinger = setInterval(() => this.ping(), PING_MS);
    this.pinger.unref();
    socket.on('message', () => this.heard());
    socket.on('pong', () => this.heard());
    socket.once('close', () => clearInterval(this.pinger));
  }

  send(message: object): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  backlog(): number {
    return this.socket.bufferedAmount;
  }

  refuse(code: string, message: string): void {
    this.send({ type: 'error', code, message });
  }

  /** Tells why, then closes. One that takes nothing any more is cut. */
  close(why: keyof typeof closeCodes, message: string): void {
    this.refuse(why, message);
    this.socket.close(closeCodes[why], message.slice(0, 120));
    const timer = setTimeout(() => this.socket.terminate(), CLOSE_MS_MAX);
    timer.unref();
    this.socket.once('close', () => clearTimeout(timer));
  }

  onClose(listener: () => void): void {
    this.socket.once('close', listener);
  }

  private heard(): void {
    this.heardAt = Date.now();
  }

  private ping(): void {
    if (Date.now() - this.heardAt > SILENCE_MS_MAX) {
      this.socket.terminate();
      return;
    }
    this.send({ type: 'ping' });
    if (this.socket.readyState === WebSocket.OPEN) this.socket.ping();
  }
}

const WAITING_MAX = 100;

/** Messages of a socket one after the other; whoever talks faster than we listen is cut off. */
export class Turns {
  private chain: Promise<void> = Promise.resolve();
  private waiting = 0;

  constructor(private readonly json: JsonSocket) {}

  take(work: () => Promise<void>): void {
    if (this.waiting >= WAITING_MAX) {
      this.json.close('too-many', 'Too many messages at once.');
      return;
    }
    this.waiting += 1;
    this.chain = this.chain.then(work).finally(() => {
      this.waiting -= 1;
    });
  }
}

const MESSAGE_BYTES_MAX = 64 * 1024;

/** What came in, as an object; null when it is none. */
export function readMessage(data: unknown): Record<string, unknown> | null {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
  if (bytes.length > MESSAGE_BYTES_MAX) return null;
  try {
    const read: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

export const endings = {
  'too-slow': 'This connection does not take events as fast as they come. Connect again with your last cursor.',
  failed: 'Events cannot be read at the moment. Connect again with your last cursor.',
  stopping: 'This server is stopping. Connect again with your last cursor.',
} as const;

import { Gateway, type Message, type Part, type Person, Refused } from './api';
import { Store } from './store';

/** A message that the gateway has not taken yet. It survives a reload, and its key makes a second try the same message. */
export interface Waiting {
  readonly clientKey: string;
  readonly parts: readonly Part[];
  readonly at: string;
  readonly failed?: boolean;
}

export interface ChatState {
  readonly messages: readonly Message[];
  readonly waiting: readonly Waiting[];
  readonly online: boolean;
  readonly typing: boolean;
  readonly unread: number;
  readonly unavailable: boolean;
}

const RETRY_MS_FIRST = 1_000;
const RETRY_MS_MAX = 30_000;
const SILENCE_MS_MAX = 60_000;
const TYPING_RESEND_MS = 3_000;
const TYPING_SHOWN_MS = 5_000;

interface ServerLine {
  readonly type: string;
  readonly cursor?: string;
  readonly event?: { readonly data?: { readonly message?: Message } };
  readonly on?: boolean;
}

/** One buyer's conversation: kept in step with the gateway, whatever happens to the line. */
export class Chat {
  private state: ChatState = { messages: [], waiting: [], online: true, typing: false, unread: 0, unavailable: false };
  private readonly listeners = new Set<(state: ChatState) => void>();
  private readonly gateway: Gateway;
  private readonly store: Store;
  private token: string | null;
  private cursor: string | null = null;
  private socket: WebSocket | null = null;
  private tries = 0;
  private retryTimer = 0;
  private silenceTimer = 0;
  private typingTimer = 0;
  private typingSentAt = 0;
  private sending = false;
  private started = false;
  private watched = false;
  private person: Person = {};
  private context: Record<string, unknown> = {};

  constructor(
    base: string,
    account: string,
    private readonly language: string,
  ) {
    this.gateway = new Gateway(base, account);
    this.store = new Store(account);
    this.token = this.store.get<string>('token');
    this.update({ waiting: this.store.get<Waiting[]>('queue') ?? [] });
    addEventListener('online', () => this.hurry());
    addEventListener('offline', () => this.update({ online: false }));
    document.addEventListener('visibilitychange', () => this.hurry());
    addEventListener('storage', (event) => event.key?.endsWith('.token') && this.restart());
  }

  subscribe(listener: (state: ChatState) => void): () => void {
    this.listeners.add(listener);
    listener(this.state);
    return () => this.listeners.delete(listener);
  }

  /** Nothing is asked of the gateway before the buyer wants to talk, or has talked before. */
  get hasHistory(): boolean {
    return this.token !== null;
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    void this.connect();
  }

  identify(person: Person): void {
    if (person.userId !== this.person.userId && this.token) this.forgetSession();
    this.person = person;
    if (this.started) this.restart();
  }

  setContext(context: Record<string, unknown>): void {
    this.context = { ...this.context, ...context };
  }

  reset(): void {
    this.store.clear();
    this.forgetSession();
    this.update({ messages: [], waiting: [], unread: 0 });
    this.started = false;
  }

  /** The window is open and in view: what came is read. */
  watch(watched: boolean): void {
    this.watched = watched;
    if (watched) this.markRead();
  }

  send(parts: readonly Part[]): void {
    const message: Waiting = { clientKey: randomKey(), parts, at: new Date().toISOString() };
    this.keepQueue([...this.state.waiting, message]);
    this.start();
    void this.flush();
  }

  retry(): void {
    this.keepQueue(this.state.waiting.map(({ failed: _, ...message }) => message));
    void this.flush();
  }

  typed(): void {
    if (Date.now() - this.typingSentAt < TYPING_RESEND_MS) return;
    this.typingSentAt = Date.now();
    this.say({ type: 'typing' });
  }

  get draft(): string {
    return this.store.get<string>('draft') ?? '';
  }

  set draft(text: string) {
    this.store.set('draft', text);
  }

  // -------------------------------------------------------------- the line

  private async connect(): Promise<void> {
    clearTimeout(this.retryTimer);
    try {
      const token = await this.session();
      await this.catchUp(token);
      this.open(token);
      void this.flush();
    } catch (error) {
      this.failed(error);
    }
  }

  private async session(): Promise<string> {
    if (this.token) return this.token;
    const { token } = await this.gateway.session({ ...this.person, language: this.language, context: this.pageContext() });
    this.token = token;
    this.store.set('token', token);
    return token;
  }

  /** All that was said since the last message seen. */
  private async catchUp(token: string): Promise<void> {
    for (let page = 0; page < 100; page++) {
      const answer = await this.gateway.messages(token, this.cursor);
      for (const message of answer.data) this.take(message);
      const next = answer.nextCursor ?? answer.cursor ?? null;
      const more = Boolean(answer.nextCursor) && answer.data.length > 0;
      if (next) this.cursor = next;
      if (!more) return;
    }
  }

  private open(token: string): void {
    const socket = this.gateway.socket(token);
    this.socket = socket;
    socket.onopen = () => {
      this.heard();
      this.say({ type: 'subscribe', ...(this.cursor ? { after: this.cursor } : {}) });
    };
    socket.onmessage = ({ data }) => this.hear(JSON.parse(String(data)));
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.later();
    };
  }

  private hear(line: ServerLine): void {
    this.heard();
    if (line.cursor) this.cursor = line.cursor;
    if (line.type === 'ping') this.say({ type: 'pong' });
    if (line.type === 'ready') {
      this.tries = 0;
      this.update({ online: true, unavailable: false });
    }
    if (line.type === 'typing') this.showTyping(line.on ?? true);
    const message = line.event?.data?.message;
    if (message) this.take(message);
  }

  private heard(): void {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = window.setTimeout(() => this.socket?.close(), SILENCE_MS_MAX);
  }

  private failed(error: unknown): void {
    if (error instanceof Refused && error.status === 401 && this.token) {
      this.forgetSession();
      void this.connect();
      return;
    }
    const given = error instanceof Refused && error.status >= 400 && error.status < 500 && error.status !== 429;
    this.update(given ? { unavailable: true } : { online: false });
    if (!given) this.later();
  }

  private later(): void {
    clearTimeout(this.silenceTimer);
    const delay = Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** this.tries++) * (0.5 + Math.random() / 2);
    if (this.tries > 1) this.update({ online: false });
    this.retryTimer = window.setTimeout(() => void this.connect(), delay);
  }

  private hurry(): void {
    if (!this.started || document.hidden || this.socket) return;
    this.tries = 0;
    void this.connect();
  }

  private restart(): void {
    this.token = this.store.get<string>('token');
    this.cursor = null;
    this.closeSocket();
    this.update({ messages: [] });
    if (this.started) void this.connect();
  }

  private forgetSession(): void {
    this.token = null;
    this.cursor = null;
    this.store.set('token', null);
    this.closeSocket();
  }

  private closeSocket(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private say(line: Record<string, unknown>): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(line));
  }

  // -------------------------------------------------------------- messages

  /** One at a time and in order; the first that the gateway refuses for good stops for the buyer to see. */
  private async flush(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      for (let next = this.nextWaiting(); next; next = this.nextWaiting()) {
        const token = await this.session();
        const { id } = await this.gateway.send(token, next, this.pageContext());
        this.take({ id, direction: 'inbound', parts: next.parts, sentAt: next.at, clientKey: next.clientKey });
        this.update({ online: true });
      }
    } catch (error) {
      if (error instanceof Refused && error.status === 401) this.failed(error);
      else if (error instanceof Refused && error.status < 500 && error.status !== 429)
        this.keepQueue(this.state.waiting.map((one) => ({ ...one, failed: true })));
      else {
        this.update({ online: false });
        window.setTimeout(() => void this.flush(), RETRY_MS_FIRST * 3);
      }
    } finally {
      this.sending = false;
    }
  }

  private nextWaiting = (): Waiting | undefined => this.state.waiting.find((message) => !message.failed);

  private take(message: Message): void {
    const waiting = this.state.waiting.filter((one) => one.clientKey !== message.clientKey);
    if (waiting.length !== this.state.waiting.length) this.keepQueue(waiting);
    const known = this.state.messages.find((one) => one.id === message.id);
    const merged = { ...known, ...message };
    const messages = [...this.state.messages.filter((one) => one.id !== message.id), merged].sort(byPlace);
    this.update({ messages, typing: message.direction === 'outbound' ? false : this.state.typing });
    if (!known && message.direction === 'outbound') {
      if (this.watched && !document.hidden) this.markRead();
      else this.update({ unread: this.countUnread() });
    }
  }

  private countUnread(): number {
    const readTo = this.store.get<string>('readTo') ?? '';
    return this.state.messages.filter((message) => message.direction === 'outbound' && message.sentAt > readTo).length;
  }

  private markRead(): void {
    const last = [...this.state.messages].reverse().find((message) => message.direction === 'outbound');
    if (last && last.sentAt > (this.store.get<string>('readTo') ?? '')) {
      this.store.set('readTo', last.sentAt);
      this.say({ type: 'read', messageId: last.id });
    }
    this.update({ unread: 0 });
  }

  private showTyping(on: boolean): void {
    clearTimeout(this.typingTimer);
    this.update({ typing: on });
    if (on) this.typingTimer = window.setTimeout(() => this.update({ typing: false }), TYPING_SHOWN_MS);
  }

  private pageContext(): Record<string, unknown> {
    return { url: location.href.slice(0, 1_000), title: document.title.slice(0, 200), ...this.context };
  }

  private keepQueue(waiting: readonly Waiting[]): void {
    this.store.set('queue', waiting);
    this.update({ waiting });
  }

  private update(change: Partial<ChatState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener(this.state);
  }
}

const byPlace = (a: Message, b: Message): number =>
  a.sequence !== undefined && b.sequence !== undefined ? a.sequence - b.sequence : a.sentAt.localeCompare(b.sentAt);

/** 128 random bits; `randomUUID` is missing on pages without TLS. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'media';
      readonly mime: string;
      readonly url: string;
      readonly name?: string | null;
      readonly caption?: string | null;
    }
  | { readonly kind: string; readonly text?: string; readonly title?: string; readonly summary?: string; readonly url?: string };

export interface Message {
  readonly id: string;
  readonly direction: 'inbound' | 'outbound';
  readonly parts: readonly Part[];
  readonly sentAt: string;
  readonly sequence?: number;
  readonly clientKey?: string | null;
  readonly language?: string;
}

export interface Person {
  readonly userId?: string;
  readonly signature?: string;
  readonly name?: string;
  readonly email?: string;
}

export class Refused extends Error {
  constructor(readonly status: number) {
    super(`The gateway answered ${status}`);
  }
}

/** The public calls of one web chat account. @throws Refused, or TypeError when the network is away. */
export class Gateway {
  constructor(
    readonly base: string,
    readonly account: string,
  ) {}

  session(body: Person & { language: string; context: Record<string, unknown> }): Promise<{ token: string }> {
    return this.call('sessions', { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  }

  messages(
    token: string,
    after: string | null,
  ): Promise<{ data: Message[]; cursor?: string | null; nextCursor?: string | null }> {
    return this.call(`messages${after ? `?after=${encodeURIComponent(after)}` : ''}`, { headers: bearer(token) });
  }

  send(
    token: string,
    message: { clientKey: string; parts: readonly Part[] },
    context: Record<string, unknown>,
  ): Promise<{ id: string }> {
    return this.call('messages', {
      method: 'POST',
      body: JSON.stringify({ ...message, context }),
      headers: { ...bearer(token), 'content-type': 'application/json' },
    });
  }

  socket(token: string): WebSocket {
    return new WebSocket(`${this.base.replace(/^http/, 'ws')}/webchat/${this.account}/socket?token=${encodeURIComponent(token)}`);
  }

  private async call<T>(path: string, init: RequestInit): Promise<T> {
    const response = await fetch(`${this.base}/webchat/${this.account}/${path}`, init);
    if (!response.ok) throw new Refused(response.status);
    return (await response.json()) as T;
  }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

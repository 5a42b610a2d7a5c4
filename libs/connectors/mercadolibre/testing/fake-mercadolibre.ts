import { type FakeProvider, httpProvider, type ProviderAnswer, type ProviderCall } from '@parley/connector/testing';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: any;
  readonly token: string | null;
}
type Route = unknown | ((seen: Seen) => ProviderAnswer);

/** The call that brings something to a buyer: not a token, not an upload. */
export const isSend = ({ method, path }: ProviderCall): boolean =>
  method === 'POST' && !path.startsWith('/oauth/') && !path.includes('/messages/attachments');

/** A Mercado Libre that hands out single-use refresh tokens and answers what the test lays down. */
export class FakeMercadoLibre {
  readonly seen: Seen[] = [];
  /** `GET /orders/1` → the body, or a function that answers; the longest name that the request begins with wins. */
  readonly routes = new Map<string, Route>();
  accessToken = 'token-1';
  refreshToken = 'refresh-1';
  refreshes = 0;

  /** On loopback. */
  start(refusals: Parameters<typeof httpProvider>[0]['refusals'] = {}): Promise<FakeProvider> {
    return httpProvider({ answer: (call) => this.answer(call), isSend, refusals })();
  }

  sent(path: string): Seen[] {
    return this.seen.filter((one) => one.method === 'POST' && one.path.startsWith(path));
  }

  asked(path: string): Seen[] {
    return this.seen.filter((one) => one.method === 'GET' && one.path.startsWith(path));
  }

  private answer({ method, path, headers, body }: ProviderCall): ProviderAnswer {
    const url = new URL(path, 'http://fake');
    const text = body.toString();
    const isForm = headers['content-type']?.includes('urlencoded');
    const seen: Seen = {
      method,
      path: url.pathname,
      query: url.searchParams,
      body: isForm ? Object.fromEntries(new URLSearchParams(text)) : parse(text),
      token: headers.authorization?.replace('Bearer ', '') ?? null,
    };
    this.seen.push(seen);
    if (seen.path === '/oauth/token') return this.renew(seen);
    if (seen.token !== this.accessToken) return refusal(401, { message: 'invalid access token', error: 'unauthorized' });
    const name = `${method} ${seen.path}`;
    const [route] = [...this.routes.keys()].filter((key) => name.startsWith(key)).sort((a, b) => b.length - a.length);
    if (route === undefined) return refusal(404, { message: 'resource not found', error: 'not_found' });
    const found = this.routes.get(route);
    return typeof found === 'function' ? found(seen) : { status: 200, body: found };
  }

  private renew(seen: Seen): ProviderAnswer {
    if (seen.body.refresh_token !== this.refreshToken)
      return refusal(400, { error: 'invalid_grant', message: 'refresh token used' });
    this.refreshes += 1;
    this.accessToken = `token-${this.refreshes + 1}`;
    this.refreshToken = `refresh-${this.refreshes + 1}`;
    const tokens = { access_token: this.accessToken, refresh_token: this.refreshToken };
    return { status: 200, body: { ...tokens, token_type: 'bearer', expires_in: 21_600 } };
  }
}

export const refusal = (status: number, body: unknown, headers: Record<string, string> = {}): ProviderAnswer => ({
  status,
  headers,
  body,
});

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

import { type ChannelContext, ChannelError } from '@parley/connector';
import { faultOf, permissionFault, TOKEN_INVALID } from './errors';
import type { Settings } from './settings';
import { knownTokens, renewTokens } from './tokens';

export type Context = ChannelContext<Settings>;

export interface Call {
  readonly method?: 'GET' | 'POST';
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
  readonly bytes?: boolean;
  /** It brings something to the buyer: without an answer it may have been taken. */
  readonly effect?: boolean;
  /** Other statuses that are an answer and no failure. */
  readonly allow?: readonly number[];
}

export interface Answer {
  readonly status: number;
  readonly data: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

/**
 * One call with the seller's token. An expired token is renewed once; renewals take turns over all processes, because a
 * refresh token works a single time.
 * @throws ChannelError
 */
export async function call(context: Context, path: string, request: Call = {}): Promise<Answer> {
  const stored = await context.credentials.current();
  const tokens = knownTokens(context.account.settings, stored) ?? (await renewTokens(context, stored));
  try {
    return await attempt(context, path, request, tokens.accessToken);
  } catch (error) {
    if (!(error instanceof ChannelError) || error.code !== TOKEN_INVALID) throw error;
    const { accessToken } = await renewTokens(context, stored);
    return attempt(context, path, request, accessToken);
  }
}

/** What cannot be seen, or is not there, is no failure of the account. */
const ABSENT = [403, 404];

/** Reads a resource; null where it does not exist or is not for this seller. */
export async function readOrNull(context: Context, path: string, query: Call['query'] = {}): Promise<any> {
  const { status, data } = await call(context, path, { query, allow: ABSENT });
  return status === 200 ? data : null;
}

async function attempt(context: Context, path: string, request: Call, accessToken: string): Promise<Answer> {
  const { method = 'GET', bytes = false, effect = false, allow = [] } = request;
  let answer: Answer;
  try {
    answer = await context.http.request({
      url: `${context.account.settings.apiBaseUrl}${path}`,
      method,
      params: request.query,
      data: request.body,
      headers: { authorization: `Bearer ${accessToken}`, accept: bytes ? '*/*' : 'application/json' },
      responseType: bytes ? 'arraybuffer' : 'json',
      signal: context.signal,
      validateStatus: (status) => (status >= 200 && status < 300) || allow.includes(status),
    });
  } catch (error) {
    throw faultOf(error, effect);
  }
  const { status, data, headers } = answer;
  // Also where a refusal is expected: this one is about the account, and everything would look empty.
  const missing = status >= 400 ? permissionFault(data) : null;
  if (missing) throw missing;
  if (!effect && !bytes && status < 300 && (typeof data !== 'object' || data === null))
    throw new ChannelError('unavailable', 'Mercado Libre answered something that is no JSON.', { code: 'no-json' });
  return { status, data, headers };
}

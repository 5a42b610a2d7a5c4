import axios, { type AxiosInstance, type AxiosRequestConfig, isAxiosError } from 'axios';
import { EngineError } from './engine';

/** What adapters need of axios; tests give their own. */
export type EngineHttp = Pick<AxiosInstance, 'request'>;

export interface EngineAnswer {
  readonly status: number;
  /** Parsed JSON; undefined when the body is none. */
  readonly body: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Five megabytes hold any answer to the little we ask. */
const BYTES_MAX = 5 * 1024 * 1024;

export const createHttp = (): EngineHttp => axios.create();

/**
 * One request. Answers of any status come back; only what is no answer throws.
 * @throws EngineError `timeout` or `unavailable`
 */
export async function ask(
  engine: string,
  http: EngineHttp,
  request: AxiosRequestConfig & { url: string; timeoutMs: number; signal: AbortSignal },
): Promise<EngineAnswer> {
  const { timeoutMs, signal, ...rest } = request;
  // The axios timeout does not cover a server that never accepts the connection.
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const answer = await http.request({
      ...rest,
      signal: limit,
      timeout: timeoutMs,
      maxRedirects: 0,
      maxContentLength: BYTES_MAX,
      responseType: 'text',
      transformResponse: (data: unknown) => data,
      validateStatus: () => true,
      // The operator's proxy has no business with an engine on this machine.
      ...(isLocal(request.url) ? { proxy: false as const } : {}),
    });
    return { status: answer.status, body: parse(answer.data), headers: answer.headers as Record<string, unknown> };
  } catch (cause) {
    signal.throwIfAborted();
    if (limit.aborted || (isAxiosError(cause) && cause.code === 'ECONNABORTED'))
      throw new EngineError('timeout', `${engine} did not answer within ${timeoutMs} ms`, { cause: bare(cause) });
    const code = isAxiosError(cause) ? cause.code : undefined;
    throw new EngineError('unavailable', `${engine} could not be reached${code ? ` (${code})` : ''}`, {
      engineCode: code,
      cause: bare(cause),
    });
  }
}

function parse(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    // An HTML error page, a cut body: the adapter judges by the status and finds no translation in it.
    return undefined;
  }
}

/** An axios error carries the request, and with it key and text: only its words go on. */
const bare = (cause: unknown): unknown => (isAxiosError(cause) ? new Error(cause.message) : cause);

const isLocal = (url: string): boolean => /^https?:\/\/(?:localhost|127\.|\[::1\])/i.test(url);

/** `Retry-After`: seconds, or a date. */
export function retryAfterMs(headers: EngineAnswer['headers'], now = Date.now()): number | undefined {
  const value = headers['retry-after'];
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(String(value)) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** The error most engines mean by a status. Adapters look for their own exceptions first. */
export function errorFor(engine: string, answer: EngineAnswer, engineCode?: string): EngineError {
  const { status } = answer;
  const said = `${engine} answered ${status}${engineCode ? ` (${engineCode})` : ''}`;
  const options = { engineCode: engineCode ?? String(status), retryAfterMs: retryAfterMs(answer.headers) };
  if (status === 401 || status === 403) return new EngineError('auth', `${said}: it does not accept the key`, options);
  if (status === 402 || status === 456) return new EngineError('quota', `${said}: its quota is used up`, options);
  if (status === 413 || status === 414) return new EngineError('too-long', `${said}: the text is too long for it`, options);
  if (status === 429 || status === 529) return new EngineError('rate-limited', `${said}: it asks to slow down`, options);
  if (status === 408 || status >= 500) return new EngineError('unavailable', said, options);
  if (status >= 300 && status < 400) return new EngineError('bad-request', `${said}: its URL leads elsewhere`, options);
  if (status >= 400) return new EngineError('bad-request', said, options);
  return new EngineError('unavailable', `${said}, but with no translation`, options);
}

/** As many strings as texts were sent; anything else is no answer. */
export function expectTexts(engine: string, answer: EngineAnswer, found: unknown, wanted: number): string[] {
  if (Array.isArray(found) && found.length === wanted && found.every((text) => typeof text === 'string')) return found;
  throw errorFor(engine, answer);
}

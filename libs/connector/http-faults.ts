import { ParleyError } from '@parley/model';
import { isAxiosError } from 'axios';
import { ChannelError, type Fault } from './errors';

export interface HttpFailure {
  /** Name of the channel, for the message. */
  readonly title: string;
  /** The request changes something at the channel: without an answer it is `uncertain` whether it did. */
  readonly effect: boolean;
}

/**
 * What a failed HTTP request means, where the channel says nothing more exact. Neither message nor cause carries the
 * request: its headers hold the token, its body what a customer is told.
 */
export function httpFault(error: unknown, { title, effect }: HttpFailure): ChannelError {
  const own = chainOf(error).find((link): link is ParleyError => link instanceof ParleyError);
  if (own instanceof ChannelError) return own;
  // Refused by the house itself before anything was sent, such as an address on a private network.
  if (own) return new ChannelError('rejected', own.message, { code: own.code });
  const cause = withoutRequest(error);
  if (!isAxiosError(error) || !error.response) {
    if (isConnectFailure(error)) return new ChannelError('unavailable', `${title} cannot be reached.`, { cause });
    return new ChannelError(effect ? 'uncertain' : 'unavailable', `${title} did not answer.`, { cause });
  }
  const { status, headers } = error.response;
  const retryAfterMs = retryAfterOf(headers['retry-after']);
  return new ChannelError(faultOfStatus(status, effect), `${title} answered ${status}.`, {
    code: `http-${status}`,
    retryAfterMs,
    cause,
  });
}

export function faultOfStatus(status: number, effect: boolean): Fault {
  if (status === 429) return 'throttled';
  if (status === 401 || status === 403) return 'unauthorized';
  // A gateway that gave up waiting does not know what became of the request.
  if (status === 408 || status === 502 || status === 504) return effect ? 'uncertain' : 'unavailable';
  return status >= 500 ? 'unavailable' : 'rejected';
}

const RETRY_AFTER_MS_MAX = 24 * 3_600_000;

/** Seconds or a date, as in RFC 9110. */
export function retryAfterOf(value: unknown, now = Date.now()): number | undefined {
  if (typeof value !== 'string' || !value.trim()) return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX) : undefined;
}

/** The connection never stood, so that the channel surely took nothing. */
function isConnectFailure(error: unknown): boolean {
  for (const link of chainOf(error)) {
    const { code, syscall } = link as { code?: unknown; syscall?: unknown };
    if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
    if (typeof code === 'string' && NEVER_CONNECTED.has(code)) return true;
    if (typeof code === 'string' && /^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code)) return true;
  }
  return false;
}
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function chainOf(error: unknown): object[] {
  const chain: object[] = [];
  for (let link = error; typeof link === 'object' && link !== null && chain.length < 8; link = (link as Error).cause)
    chain.push(link);
  return chain;
}

/** An error to keep as the cause, with nothing of the request in it. */
export function withoutRequest(error: unknown): Error {
  const {
    name = 'Error',
    code,
    stack,
  } = (typeof error === 'object' && error !== null ? error : {}) as Partial<Error> & { code?: unknown };
  const status = isAxiosError(error) ? error.response?.status : undefined;
  const bare = new Error([name, code, status].filter((word) => word !== undefined).join(' '));
  bare.stack = `${bare.message}\n${(stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')}`;
  return bare;
}

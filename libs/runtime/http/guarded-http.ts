import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { ParleyError } from '@parley/model';
import axios, { type AxiosInstance, getAdapter, type InternalAxiosRequestConfig } from 'axios';
import { isPublicAddress } from './public-address';
import { PrivateAddressError, publicLookup } from './resolve-host';

export interface HttpOptions {
  /** Lets requests go to private and loopback addresses. For channels only when the operator says so. */
  readonly allowPrivateHosts: boolean;
  /** Without a byte for this long it is over. A request may set its own. */
  readonly timeoutMs?: number;
  /** From the first packet to the last byte, redirects included. */
  readonly deadlineMs?: number;
  /** Of an answer, after unpacking. */
  readonly answerBytesMax?: number;
}

const TIMEOUT_MS = 20_000;
const DEADLINE_MS = 120_000;
const ANSWER_BYTES_MAX = 110 * 1024 * 1024;
const BODY_BYTES_MAX = 110 * 1024 * 1024;
const REDIRECTS_MAX = 3;
const agentOptions = { keepAlive: true, keepAliveMsecs: 10_000, maxSockets: 64, maxFreeSockets: 16, timeout: 60_000 };

/** Headers that belong to one host only: follow-redirects takes off the standard ones, and knows not of the rest. */
const SECRET_HEADER = /auth|cookie|token|secret|signature|api-?key/i;

/**
 * The HTTP client of connectors and downloads: timeouts, limits, no proxy from the environment, http and https alone.
 * Unless private hosts are allowed, the address connected to is judged, on each hop: a name that changes its address
 * between look and connect gains nothing. Throws `PrivateAddressError` as the `cause` of axios' error.
 */
export function createHttp(options: HttpOptions): AxiosInstance {
  const guarded = !options.allowPrivateHosts;
  const send = getAdapter('http');
  return axios.create({
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    maxContentLength: options.answerBytesMax ?? ANSWER_BYTES_MAX,
    maxBodyLength: BODY_BYTES_MAX,
    maxRedirects: REDIRECTS_MAX,
    proxy: false,
    httpAgent: guarded ? new GuardedHttpAgent(agentOptions) : new http.Agent(agentOptions),
    httpsAgent: guarded ? new GuardedHttpsAgent(agentOptions) : new https.Agent(agentOptions),
    headers: { common: { 'User-Agent': 'Parley/1' } },
    transitional: { clarifyTimeoutError: true },
    beforeRedirect: (next: RedirectOptions, _response: unknown, request?: { url?: string }) => {
      if (request?.url && URL.canParse(request.url) && new URL(request.url).host === next.host) return;
      for (const name of Object.keys(next.headers ?? {})) if (SECRET_HEADER.test(name)) delete next.headers?.[name];
    },
    adapter: (config) => withDeadline(assertWeb(config), options.deadlineMs ?? DEADLINE_MS, send),
  });
}

interface RedirectOptions {
  host?: string;
  headers?: Record<string, string>;
}

/** Axios itself would also read `data:` and talk to local sockets. */
function assertWeb(config: InternalAxiosRequestConfig): InternalAxiosRequestConfig {
  const url = axios.getUri(config);
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new ParleyError('bad-url', 'Only http and https addresses can be asked');
  }
  return { ...config, socketPath: null } as InternalAxiosRequestConfig;
}

async function withDeadline<T>(
  config: InternalAxiosRequestConfig,
  deadlineMs: number,
  send: (config: InternalAxiosRequestConfig) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const given = config.signal as AbortSignal | undefined;
  const abort = () => controller.abort();
  const timer = setTimeout(abort, deadlineMs);
  if (given?.aborted) abort();
  given?.addEventListener?.('abort', abort, { once: true });
  try {
    return await send({ ...config, signal: controller.signal } as InternalAxiosRequestConfig);
  } finally {
    clearTimeout(timer);
    given?.removeEventListener?.('abort', abort);
  }
}

type ConnectOptions = { host?: string | null; hostname?: string | null; lookup?: unknown };

/** Names are resolved by `publicLookup`; an address in the URL is never looked up, so it is judged here. */
function assertPublic(options: ConnectOptions): void {
  const host = options.host ?? options.hostname ?? '';
  if (isIP(host) && !isPublicAddress(host)) throw new PrivateAddressError(host);
  options.lookup = publicLookup;
}

type Created = (error: Error | null, stream: Duplex) => void;

class GuardedHttpAgent extends http.Agent {
  override createConnection(options: http.ClientRequestArgs, callback?: Created): Duplex | null | undefined {
    return guard(options, callback, () => super.createConnection(options, callback));
  }
}

class GuardedHttpsAgent extends https.Agent {
  override createConnection(options: https.RequestOptions, callback?: Created): Duplex | null | undefined {
    return guard(options, callback, () => super.createConnection(options, callback));
  }
}

function guard<T>(options: object, callback: Created | undefined, connect: () => T): T | undefined {
  try {
    assertPublic(options as ConnectOptions);
  } catch (error) {
    if (!callback) throw error;
    callback(error as Error, undefined as unknown as Duplex);
    return undefined;
  }
  return connect();
}

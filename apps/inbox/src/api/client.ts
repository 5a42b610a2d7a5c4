/** A refusal of the API (RFC 9457), or a network that did not answer (`status` 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const STORAGE = 'parley.key';
const TIMEOUT_MS = 20_000;

/** The address printed at start carries the key behind `#key=`, which browsers keep to themselves. */
export function takeKeyFromAddress(): void {
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (!key) return;
  localStorage.setItem(STORAGE, key);
  history.replaceState(null, '', location.pathname + location.search);
}

export const storedKey = (): string | null => localStorage.getItem(STORAGE);
export const storeKey = (key: string): void => localStorage.setItem(STORAGE, key);
export const forgetKey = (): void => localStorage.removeItem(STORAGE);

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | boolean | null | undefined>>;
  /** Makes a repeated POST the same POST. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** @throws ApiError */
export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Authorization: `Bearer ${storedKey() ?? ''}`, Accept: 'application/json' };
  let body: BodyInit | undefined;
  if (options.body instanceof FormData) body = options.body;
  else if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(options.body);
  }
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey;
  const signals = [AbortSignal.timeout(TIMEOUT_MS), ...(options.signal ? [options.signal] : [])];
  let response: Response;
  try {
    response = await fetch(path + queryString(options.query), {
      method: options.method ?? 'GET',
      headers,
      body,
      signal: AbortSignal.any(signals),
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new ApiError(0, 'unreachable', 'unreachable');
  }
  const text = await response.text();
  const json = parse(text);
  if (!response.ok) throw problem(response.status, json);
  return json as T;
}

function queryString(query: CallOptions['query']): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '');
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function problem(status: number, json: unknown): ApiError {
  const { code, detail, title, errors } = (json ?? {}) as {
    code?: string;
    detail?: string;
    title?: string;
    errors?: { detail?: string }[];
  };
  const first = errors?.find((error) => error.detail)?.detail;
  return new ApiError(status, code ?? `http-${status}`, first ?? detail ?? title ?? `HTTP ${status}`);
}

import { STATUS_CODES } from 'node:http';
import { ParleyError } from '@parley/model';
import type { z } from 'zod';

/** One thing that is wrong with a request: where, and what. */
export interface ProblemItem {
  readonly detail: string;
  /** JSON Pointer (RFC 6901) into the body. */
  readonly pointer?: string;
  /** Name of the query parameter, path parameter or header. */
  readonly parameter?: string;
  readonly code?: string;
}

export interface ProblemOptions {
  readonly errors?: readonly ProblemItem[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the answer's body. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * What a caller is told, as `application/problem+json` (RFC 9457). Thrown anywhere below a controller. `code` is stable
 * and for programs; `detail` says to a person what is wrong with this request and holds nothing of our inside.
 */
export class ProblemError extends ParleyError {
  readonly errors: readonly ProblemItem[];
  readonly headers: Readonly<Record<string, string>>;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(
    readonly status: number,
    code: string,
    readonly detail: string,
    options: ProblemOptions = {},
  ) {
    super(code, detail, { cause: options.cause });
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
    this.extensions = options.extensions ?? {};
  }

  /** The answer's body. */
  toBody(): ProblemBody {
    return {
      type: `urn:parley:problem:${this.code}`,
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.detail,
      code: this.code,
      errors: this.errors,
      ...this.extensions,
    };
  }
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly errors: readonly ProblemItem[];
  readonly [extension: string]: unknown;
}

export type RequestPlace = 'body' | 'query' | 'path' | 'headers';

/** Checks a part of a request; every problem of it is told at once. @throws ProblemError 400 `invalid-<place>` */
export function parsed<S extends z.ZodType>(schema: S, value: unknown, place: RequestPlace = 'body'): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ProblemError(400, `invalid-${place}`, `The ${place} of the request is not as it should be`, {
    errors: problemItems(result.error.issues, place),
  });
}

/** `base`: a JSON Pointer to what was checked, such as `/settings`. */
export function problemItems(issues: readonly z.core.$ZodIssue[], place: RequestPlace = 'body', base = ''): ProblemItem[] {
  return issues.map((issue) => ({
    ...(place === 'body' ? { pointer: `${base}${jsonPointer(issue.path)}` } : { parameter: issue.path.map(String).join('.') }),
    detail: issue.message,
    code: issue.code,
  }));
}

export const jsonPointer = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

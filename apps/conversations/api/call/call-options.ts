import type { z } from 'zod';
import type { Scope } from './caller';

export const CALL = Symbol('call');
export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface CallOptions {
  /** One line for the API's description. */
  readonly summary: string;
  readonly description?: string;
  /** Group in the description, such as `Messages`. */
  readonly tag: string;
  /** One of these is enough. `operator`: the operator's key. `open`: the call looks itself. */
  readonly scopes: readonly Scope[] | 'operator' | 'open';
  /** Status of a success; default 200. */
  readonly status?: number;
  /** What a success answers; absent: no body. */
  readonly answer?: z.ZodType;
  /** Where it answers something other than JSON. */
  readonly answerTypes?: readonly string[];
  /** Media types of a body that is not JSON. */
  readonly bodyTypes?: readonly string[];
  /** Takes an `Idempotency-Key`. */
  readonly once?: boolean;
}

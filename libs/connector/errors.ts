import { ParleyError } from '@parley/model';

/**
 * What should happen now? That is the question an error from a channel answers.
 * - `rejected`: the channel refuses this request for good; trying again cannot help.
 * - `throttled`: slow down, then try again.
 * - `unavailable`: the channel is down, and surely took nothing; try again.
 * - `unauthorized`: the account needs a person or a fresh token; keep the work, stop hammering.
 * - `uncertain`: it may have been sent. Never repeated by a machine unless the channel is idempotent.
 */
export type Fault = 'rejected' | 'throttled' | 'unavailable' | 'unauthorized' | 'uncertain';

export class ChannelError extends ParleyError {
  /** Wait this long before the next try, when the channel said so. */
  readonly retryAfterMs: number | undefined;
  /** Whom a `throttled` concerns: everything the account sends, or this recipient only. */
  readonly scope: 'account' | 'recipient';

  constructor(
    readonly fault: Fault,
    message: string,
    options: { code?: string; retryAfterMs?: number; scope?: 'account' | 'recipient'; cause?: unknown } = {},
  ) {
    super(options.code ?? fault, message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
    this.scope = options.scope ?? 'account';
  }
}

/** A request on a channel's webhook that must not be accepted: nothing of it is stored. */
export class WebhookRejection extends ParleyError {
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 413 | 415,
    code: string,
    message: string,
    /** JSON Pointer (RFC 6901) to what is wrong in the body. */
    readonly pointer?: string,
  ) {
    super(code, message);
  }
}

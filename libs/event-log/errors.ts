import { ParleyError } from '@parley/model';

/**
 * The log did not say that it has the records: it is away, or the answer was lost. They may be stored; appending them
 * again is right, because what readers derive from them is the same.
 */
export class LogUnavailableError extends ParleyError {
  readonly transient = true;

  constructor(message: string, options?: { cause?: unknown }) {
    super('log-unavailable', message, options);
  }
}

/** Another member owns the partition by now, or this attempt was given up: roll back, the work is done elsewhere. */
export class FencedError extends ParleyError {
  readonly transient = true;

  constructor(message: string) {
    super('fenced', message);
  }
}

/** The record can never be appended; trying again does not help. */
export class RecordRefusedError extends ParleyError {
  constructor(message: string) {
    super('record-refused', message);
  }
}

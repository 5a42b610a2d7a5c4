/** Base of errors with a stable code: the code is for programs, the message says to a person what to do. */
export class ParleyError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

import { ParleyError } from '@parley/model';

/** The store of files does not answer or is full: nothing is wrong with the item, and waiting helps. */
export class MediaStoreAwayError extends ParleyError {
  readonly transient = true;

  constructor(cause: unknown) {
    super('media-store-away', 'The store of files does not answer', { cause });
  }
}

export async function fromStore<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new MediaStoreAwayError(cause);
  }
}

import { createHash } from 'node:crypto';
import { ParleyError } from '@parley/model';

/** The cursor was not made by the list it came to. */
export class CursorError extends ParleyError {
  constructor() {
    super('invalid-cursor', 'This cursor was not given out by this list');
  }
}

export interface Page<T> {
  readonly data: T[];
  readonly nextCursor: string | null;
}
export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | null;
}

const LIMIT_MAX = 200;
const CURSOR_LENGTH_MAX = 1_000;

export const pageLimit = (limit: number): number => Math.max(1, Math.min(Math.trunc(limit) || 1, LIMIT_MAX));

/** Where a list goes on: the last row's place in its order (time, id). Good for this list of this merchant alone. */
export interface Place {
  readonly at: string;
  readonly id: string;
}

const seal = (list: string, merchantId: string): string =>
  createHash('sha256').update(`${list}\n${merchantId}`).digest('base64url').slice(0, 8);

export const writeCursor = (list: string, merchantId: string, place: Place): string =>
  Buffer.from(JSON.stringify([seal(list, merchantId), place.at, place.id])).toString('base64url');

/** Null when none was given. @throws CursorError */
export function readCursor(list: string, merchantId: string, cursor: string | null | undefined): Place | null {
  if (cursor === null || cursor === undefined || cursor === '') return null;
  if (cursor.length > CURSOR_LENGTH_MAX) throw new CursorError();
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw new CursorError();
  }
  if (!Array.isArray(read) || read.length !== 3 || read.some((field) => typeof field !== 'string')) throw new CursorError();
  const [mark, at, id] = read as [string, string, string];
  if (mark !== seal(list, merchantId) || Number.isNaN(Date.parse(at)) || id.includes('\0')) throw new CursorError();
  return { at, id };
}

/** `rows` holds one more than the page, where there is one more. */
export function pageOf<T>(list: string, merchantId: string, rows: T[], limit: number, placeOf: (row: T) => Place): Page<T> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return { data, nextCursor: rows.length > limit && last ? writeCursor(list, merchantId, placeOf(last)) : null };
}

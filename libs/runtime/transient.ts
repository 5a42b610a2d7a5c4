import { LogUnavailableError } from '@parley/event-log';
import { isDatabaseUnavailable } from './database/database-errors';

/** serialization_failure, deadlock_detected, lock_not_available: the same again succeeds. */
const AGAIN = new Set(['40001', '40P01', '55P03']);

/** Is something away that comes back by itself, so that waiting helps and nothing is wrong with the work? */
export function isTransient(error: unknown): boolean {
  if (error instanceof LogUnavailableError || isDatabaseUnavailable(error)) return true;
  const { transient, code } = (error ?? {}) as { transient?: unknown; code?: unknown };
  return transient === true || (typeof code === 'string' && AGAIN.has(code));
}

const UNAVAILABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections, disk_full
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '53100',
]);

/** What pg says without a code. */
const UNAVAILABLE_MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|Query read timeout|timeout exceeded when trying to connect|Client was closed)/;

/**
 * Is the database away, or out of room, so that trying again later helps? Then callers answer 503, and nothing is wrong
 * with what they were asked. SQLSTATE classes: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && (UNAVAILABLE_CODES.has(code) || /^08[0-9A-Z]{3}$/.test(code)))
    return isFromDatabase(error, code);
  if (UNAVAILABLE_MESSAGES.test(error.message)) return true;
  return isDatabaseUnavailable((error as { driverError?: unknown }).driverError ?? error.cause);
}

/** Network codes come from everywhere; an HTTP client's error says so of itself. */
function isFromDatabase(error: Error, code: string): boolean {
  return !(code.startsWith('E') && 'isAxiosError' in error);
}

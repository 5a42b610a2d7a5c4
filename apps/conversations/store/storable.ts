/**
 * Text as Postgres can hold it. One NUL or half a surrogate pair in one message fails the statement that stores five
 * hundred, so every entry passes here first: NUL is removed, a lone surrogate becomes U+FFFD (what a person sees anyway).
 * JSON nested deeper than anyone means it is cut off at `DEPTH_MAX`, since Postgres' parser would refuse it.
 */
const DEPTH_MAX = 64;

export const storableText = (text: string): string =>
  text.includes('\0') ? text.replaceAll('\0', '').toWellFormed() : text.isWellFormed() ? text : text.toWellFormed();

/** The same value, itself where nothing was wrong with it; otherwise a clean copy. */
export const storable = <T>(value: T): T => clean(value, 0) as T;

function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return null;
  return Array.isArray(value) ? cleanArray(value, depth) : cleanObject(value as Record<string, unknown>, depth);
}

function cleanArray(values: unknown[], depth: number): unknown[] {
  let copy: unknown[] | null = null;
  for (let index = 0; index < values.length; index++) {
    const cleaned = clean(values[index], depth + 1);
    if (cleaned === values[index]) continue;
    copy ??= [...values];
    copy[index] = cleaned;
  }
  return copy ?? values;
}

/** Each value is cleaned once: cleaning it again for each level above would take for ever where JSON is nested deep. */
function cleanObject(object: Record<string, unknown>, depth: number): Record<string, unknown> {
  let changed = false;
  const entries = Object.entries(object).map(([key, value]): [string, unknown] => {
    const cleaned: [string, unknown] = [storableText(key), clean(value, depth + 1)];
    changed ||= cleaned[0] !== key || cleaned[1] !== value;
    return cleaned;
  });
  // fromEntries defines its properties: a key `__proto__` stays a key.
  return changed ? Object.fromEntries(entries) : object;
}

const EARLIEST_MS = Date.UTC(1970, 0, 1);
const LATEST_MS = Date.UTC(9999, 11, 31);

/** RFC 3339 in UTC with milliseconds; the fallback where a channel's time is none, or none that Postgres can hold. */
export function storableTime(text: string, fallback: string): string {
  const ms = Date.parse(text);
  return ms >= EARLIEST_MS && ms <= LATEST_MS ? new Date(ms).toISOString() : fallback;
}

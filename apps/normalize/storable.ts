/** Deeper than anyone means it, and more than Postgres' parser takes. */
const DEPTH_MAX = 64;
const REPLACEMENT = '\uFFFD';

/** Text as every store can hold it: NUL and halves of surrogate pairs become U+FFFD, which is what a person sees anyway. */
export const storableText = (text: string): string =>
  text.includes('\0') ? text.replaceAll('\0', REPLACEMENT).toWellFormed() : text.toWellFormed();

/** The same for all text in plain JSON, keys included. What lies too deep is cut off. */
export const storable = <T>(value: T): T => clean(value, 0) as T;

function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth >= DEPTH_MAX) return null;
  if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1));
  // fromEntries defines its properties: a key `__proto__` stays a key.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storableText(key), clean(item, depth + 1)]));
}

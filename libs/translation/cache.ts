import { createHash } from 'node:crypto';

export interface TranslationCache {
  get(key: string): string | undefined;
  set(key: string, text: string): void;
}

const ENTRIES_MAX = 5_000;
const CHARS_MAX = 4_000_000;

/** The texts used last, by what they depend on. Keys are hashes: they name a merchant, and so never serve another. */
export class MemoryCache implements TranslationCache {
  private readonly entries = new Map<string, string>();
  private chars = 0;

  constructor(
    private readonly entriesMax = ENTRIES_MAX,
    private readonly charsMax = CHARS_MAX,
  ) {}

  get(key: string): string | undefined {
    const text = this.entries.get(key);
    if (text === undefined) return undefined;
    // A Map keeps the order of insertion: what is read goes to the end, what is dropped comes from the front.
    this.entries.delete(key);
    this.entries.set(key, text);
    return text;
  }

  set(key: string, text: string): void {
    const old = this.entries.get(key);
    if (old !== undefined) this.chars -= old.length;
    this.entries.delete(key);
    this.entries.set(key, text);
    this.chars += text.length;
    for (const [oldest, held] of this.entries) {
      if (this.entries.size <= this.entriesMax && this.chars <= this.charsMax) break;
      this.entries.delete(oldest);
      this.chars -= held.length;
    }
  }
}

/** Everything a translation depends on, length-prefixed so that no two lists of fields are the same. */
export function cacheKey(...fields: readonly string[]): string {
  const hash = createHash('sha256');
  for (const field of fields) hash.update(`${field.length}:`).update(field);
  return hash.digest('base64');
}

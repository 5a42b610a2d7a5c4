import { Injectable } from '@nestjs/common';
import { House, mediaIdOf, signMediaLink } from '@parley/runtime';

const HOUR_MS = 3_600_000;
const VALID_HOURS = 24;

/**
 * Makes the addresses of files in an answer work for whoever gets it: each becomes a signed link that is good for a day.
 * Within an hour a file keeps its link, so that browsers keep the file.
 */
@Injectable()
export class MediaLinks {
  constructor(private readonly house: House) {}

  linkTo(merchantId: string, id: string, now = Date.now()): string {
    const expiresAt = (Math.floor(now / HOUR_MS) + VALID_HOURS + 1) * HOUR_MS;
    return signMediaLink(this.house.secrets, merchantId, id, expiresAt);
  }

  /** The same value with links; itself where it names no file. `origin`: for pages that live elsewhere. */
  in<T>(merchantId: string, value: T, origin = ''): T {
    return withLinks(value, (id) => `${origin}${this.linkTo(merchantId, id)}`) as T;
  }
}

/** Only these hold addresses; what a person wrote is never touched. */
const ADDRESSES = new Set(['url', 'image']);

function withLinks(value: unknown, link: (id: string) => string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return changed(
      value,
      value.map((inner) => withLinks(inner, link)),
    );
  const entries = Object.entries(value);
  const linked = entries.map(([name, inner]) => {
    const id = ADDRESSES.has(name) && typeof inner === 'string' && inner.startsWith('/v1/media/') ? mediaIdOf(inner) : null;
    return id ? link(id) : withLinks(inner, link);
  });
  const same = entries.every(([, inner], index) => inner === linked[index]);
  return same ? value : Object.fromEntries(entries.map(([name], index) => [name, linked[index]]));
}

const changed = (before: unknown[], after: unknown[]): unknown[] =>
  before.every((inner, index) => inner === after[index]) ? before : after;

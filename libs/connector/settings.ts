import { z } from 'zod';

/** A setting that is write-only: encrypted at rest, shown as set or not set, published as `writeOnly` in the JSON Schema. */
export const secret = (description?: string) =>
  z
    .string()
    .min(1)
    .meta({ writeOnly: true, ...(description ? { description } : {}) });

/** Base URL of a channel's API, without a trailing slash; overridable for tests and proxies. */
export const apiBaseUrl = (real: string) =>
  z
    .url({ protocol: /^https?$/ })
    .default(real)
    .transform((url) => url.replace(/\/+$/, ''));

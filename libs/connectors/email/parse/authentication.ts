import type { HeaderField } from './headers';
import type { AuthenticationResult } from './parsed-email';

const RESULTS_MAX = 5;

/** Authentication-Results fields from the top down. Whom to believe is decided by those who know the account. */
export function readAuthentication(fields: readonly HeaderField[]): AuthenticationResult[] {
  const results: AuthenticationResult[] = [];
  let received = false;
  for (const field of fields) {
    if (field.name === 'received') received = true;
    if (field.name !== 'authentication-results' || results.length >= RESULTS_MAX) continue;
    const text = field.raw
      .replaceAll(/\([^()]*\)/g, ' ')
      .trim()
      .toLowerCase();
    const verdict = (method: string): string | null =>
      new RegExp(`(?:^|[;\\s])${method}\\s*=\\s*([a-z]+)`).exec(text)?.[1] ?? null;
    results.push({
      server: /^[^\s;=]+(?=[\s;])/.exec(text)?.[0] ?? '',
      spf: verdict('spf'),
      dkim: verdict('dkim'),
      dmarc: verdict('dmarc'),
      topmost: !received && results.length === 0,
    });
  }
  return results;
}

import { createHash } from 'node:crypto';
import { type ChannelContext, ChannelError, httpFault, withoutRequest } from '@parley/connector';
import { isAxiosError } from 'axios';
import type { Settings } from './settings';

interface Tokens extends Record<string, unknown> {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Of the settings these tokens grew from: a new consent brings others, and those win. */
  readonly seed: string;
}

const seedOf = (settings: Settings): string =>
  createHash('sha256').update(settings.refreshToken).digest('base64url').slice(0, 16);

/** What is at hand: the last renewal, else what the settings brought; null when a renewal has to come first. */
export function knownTokens(settings: Settings, stored: Record<string, unknown> | null): Tokens | null {
  const seed = seedOf(settings);
  if (stored?.['seed'] === seed) return stored as Tokens;
  return settings.accessToken ? { accessToken: settings.accessToken, refreshToken: settings.refreshToken, seed } : null;
}

/** @param stale what was stored when the token failed: who renewed since then has the result already. */
export async function renewTokens(
  context: ChannelContext<Settings>,
  stale: Record<string, unknown> | null,
): Promise<{ readonly accessToken: string }> {
  const { settings } = context.account;
  const renewed = await context.credentials.renew(stale, (current) =>
    refresh(context, knownTokens(settings, current)?.refreshToken ?? settings.refreshToken),
  );
  return renewed as Tokens;
}

/** https://developers.mercadolibre.com.ar: authentication and authorisation. */
async function refresh(context: ChannelContext<Settings>, refreshToken: string): Promise<Tokens> {
  const { settings } = context.account;
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: settings.clientId,
    client_secret: settings.clientSecret,
    refresh_token: refreshToken,
  });
  let data: unknown;
  try {
    ({ data } = await context.http.post(`${settings.apiBaseUrl}/oauth/token`, form.toString(), {
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      signal: context.signal,
    }));
  } catch (error) {
    throw refreshFault(error);
  }
  const { access_token: accessToken, refresh_token: next } = (data ?? {}) as Record<string, unknown>;
  if (typeof accessToken !== 'string')
    throw new ChannelError('unavailable', 'Mercado Libre renewed no token.', { code: 'no-token' });
  return { accessToken, refreshToken: typeof next === 'string' ? next : refreshToken, seed: seedOf(settings) };
}

function refreshFault(error: unknown): ChannelError {
  const response = isAxiosError(error) ? error.response : undefined;
  if (response?.status !== 400 && response?.status !== 401) return httpFault(error, { title: 'Mercado Libre', effect: false });
  const isApp = (response.data as { error?: unknown } | null)?.error === 'invalid_client';
  return new ChannelError(
    'unauthorized',
    isApp
      ? 'Mercado Libre does not know the application id with this secret key.'
      : 'Mercado Libre does not accept the refresh token any more: the seller must consent again.',
    { code: isApp ? 'client-invalid' : 'consent-needed', cause: withoutRequest(error) },
  );
}

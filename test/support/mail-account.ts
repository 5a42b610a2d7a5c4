import { createHash } from 'node:crypto';
import type { AccountFacts, ChannelContext, CursorContext, RawItem, SendContext } from '@parley/connector';
import { type EmailSettings, emailSettings } from '@parley/connectors/email';
import axios from 'axios';

/** An e-mail account as a connector sees it, on the servers of a test. */
export function mailAccount(
  settings: Partial<EmailSettings> & Pick<EmailSettings, 'imap' | 'smtp'>,
): AccountFacts<EmailSettings> {
  return {
    id: 'acc_mail',
    merchantId: 'mer_test',
    name: 'Support',
    settings: emailSettings.parse({ address: 'support@parley.test', name: 'Lantern Shop', ...settings }),
    merchantLanguage: 'zh-CN',
    signingKey: createHash('sha256').update('test').digest(),
  };
}

export interface TestContext extends CursorContext<EmailSettings> {
  readonly items: RawItem[];
  readonly health: string[];
  readonly warnings: string[];
  cursor: unknown;
}

/** What the core gives to a connector, held in memory. `append` may be replaced to fail. */
export function mailContext(account: AccountFacts<EmailSettings>, signal: AbortSignal): TestContext {
  const context: TestContext = {
    account,
    signal,
    http: axios.create(),
    resolveHost: async (host) => host,
    credentials: { current: async () => null, renew: async (_stale, renew) => renew(null) },
    log: { info: () => undefined, warn: (message) => void context.warnings.push(message) },
    now: () => Date.now(),
    items: [],
    health: [],
    warnings: [],
    cursor: null,
    append: async (items) => void context.items.push(...items),
    appendNotices: async () => undefined,
    loadCursor: async () => context.cursor,
    saveCursor: async (cursor) => {
      context.cursor = structuredClone(cursor);
    },
    reportHealth: (state) => void context.health.push(state),
  };
  return context;
}

export function sendContext(
  context: ChannelContext<EmailSettings>,
  media: Readonly<Record<string, Uint8Array>> = {},
): SendContext<EmailSettings> {
  return {
    ...context,
    messageId: 'msg_test',
    earlier: [],
    openMedia: async (url) => ({ bytes: media[url] ?? new Uint8Array(), mime: 'application/octet-stream', name: null }),
  };
}

export async function until<T>(what: () => T | Promise<T>, timeoutMs = 15_000): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await what();
    if (value) return value;
    if (Date.now() > end) throw new Error('What was waited for did not happen');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

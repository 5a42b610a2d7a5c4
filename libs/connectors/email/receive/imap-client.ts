import { type ChannelContext, ChannelError } from '@parley/connector';
import { ImapFlow } from 'imapflow';
import { LIMITS } from '../parse';
import type { EmailSettings } from '../settings';
import { isLoopback } from './loopback';

const CONNECT_MS = 20_000;
const SILENCE_MS = 5 * 60_000;
const UNAUTHORIZED_PAUSE_MS = 30 * 60_000;

/**
 * A connection that is logged in. It serves once: when it is closed, a new one is made. @throws ChannelError
 * `unauthorized` when the login is refused, `unavailable` otherwise.
 */
export async function openImap(context: ChannelContext<EmailSettings>): Promise<ImapFlow> {
  const { imap } = context.account.settings;
  const host = await context.resolveHost(imap.host);
  const loopback = isLoopback(host);
  const client = new ImapFlow({
    host,
    port: imap.port,
    secure: imap.secure,
    // TLS is required, never "if offered", but on this machine.
    doSTARTTLS: imap.secure ? undefined : !loopback,
    servername: /^[\d.]+$|:/.test(imap.host) ? undefined : imap.host,
    auth: { user: imap.user, pass: imap.password },
    logger: false,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // IDLE again before routers forget the connection.
    maxIdleTime: 4 * 60_000,
    autoIdleDelay: 250,
    maxLiteralSize: LIMITS.messageBytes + 1_048_576,
    maxResponseSize: LIMITS.messageBytes + 4_194_304,
  });
  // Without a listener an error of the connection would end the process; those who wait for it hear of it by `close`.
  client.on('error', () => undefined);
  const onAbort = () => client.close();
  context.signal.addEventListener('abort', onAbort, { once: true });
  client.once('close', () => context.signal.removeEventListener('abort', onAbort));
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.close();
    throw imapError(error);
  }
}

/** Logs out, and closes when the server does not answer. */
export async function closeImap(client: ImapFlow): Promise<void> {
  const timer = setTimeout(() => client.close(), 2_000);
  try {
    await client.logout();
  } catch {
    client.close();
  } finally {
    clearTimeout(timer);
  }
}

export function imapError(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  const { authenticationFailed, code, throttleReset } = error as {
    authenticationFailed?: boolean;
    code?: string;
    throttleReset?: number;
  };
  if (authenticationFailed)
    return new ChannelError('unauthorized', 'The IMAP server does not accept this login.', {
      code: 'imap-login',
      cause: error,
      retryAfterMs: UNAUTHORIZED_PAUSE_MS,
    });
  if (code === 'ETHROTTLE')
    return new ChannelError('throttled', 'The IMAP server asks to slow down.', {
      code: 'imap-throttled',
      cause: error,
      ...(throttleReset ? { retryAfterMs: throttleReset } : {}),
    });
  if (/starttls|certificate|self.signed|tls|ssl/i.test((error as Error).message ?? ''))
    return new ChannelError('unavailable', 'No safe connection to the IMAP server can be made.', {
      code: 'imap-tls',
      cause: error,
    });
  return new ChannelError('unavailable', 'The IMAP server cannot be reached.', { code: 'imap-unreachable', cause: error });
}

/** The folder of sent mail, by its special use or else by its usual name. */
export async function sentMailbox(client: ImapFlow): Promise<string | null> {
  const mailboxes = await client.list();
  const marked = mailboxes.find((mailbox) => mailbox.specialUse === '\\Sent');
  const named = mailboxes.find((mailbox) => /^(inbox[./])?(sent|sent items|sent mail|sent messages)$/i.test(mailbox.path));
  return (marked ?? named)?.path ?? null;
}

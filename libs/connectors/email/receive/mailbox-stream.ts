import { ChannelError, type CursorContext, type StreamReceiver } from '@parley/connector';
import type { ImapFlow } from 'imapflow';
import { readFacts, sameAddress } from '../parse';
import { Headers, readHeaders } from '../parse/headers';
import { keepsCopies } from '../send/copies';
import type { EmailSettings } from '../settings';
import { readMark } from '../thread';
import { readCursor } from './cursor';
import { closeImap, openImap, sentMailbox } from './imap-client';
import { asked, type Folder, readFolder } from './read-folder';

const POLL_MS = 120_000;
const SENT_EVERY_MS = 60_000;
const HEALTHY_MS = 5 * 60_000;
const PAUSES_MS = [1_000, 2_000, 5_000, 15_000, 60_000, 300_000];

/** One mailbox, by IDLE. The push only wakes: what is new is always found by the cursor. */
export const mailboxStream: StreamReceiver<EmailSettings> = {
  kind: 'stream',
  name: 'imap',
  async run(context) {
    let failures = 0;
    while (!context.signal.aborted) {
      const startedAt = context.now();
      try {
        await session(context);
      } catch (error) {
        if (context.signal.aborted) return;
        if (!(error instanceof ChannelError)) throw error;
        context.reportHealth(error.fault === 'unauthorized' ? 'unauthorized' : 'degraded', error.message);
        // A wrong password in a loop locks the account: whoever runs us decides when to try again.
        if (error.fault === 'unauthorized') throw error;
        failures = context.now() - startedAt > HEALTHY_MS ? 1 : failures + 1;
        const pauseMs = error.retryAfterMs ?? PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1] ?? 1_000;
        context.log.info('Connecting to the mailbox again', { code: error.code, pauseMs });
        await pause(pauseMs * (0.8 + Math.random() * 0.4), context.signal);
      }
    }
  },
};

/** From login to the end of the connection. @throws ChannelError when it breaks */
async function session(context: CursorContext<EmailSettings>): Promise<void> {
  const client = await openImap(context);
  const bell = newBell();
  client.on('exists', bell.ring);
  client.once('close', bell.ring);
  context.signal.addEventListener('abort', bell.ring, { once: true });
  try {
    const inbox: Folder = { path: context.account.settings.imap.mailbox ?? 'INBOX', firstTime: 'recent' };
    const sent = await sentFolder(client, inbox.path, context);
    let cursor = readCursor(await context.loadCursor());
    let sentAt = Number.NEGATIVE_INFINITY;
    while (!context.signal.aborted) {
      bell.mute();
      if (sent && context.now() - sentAt >= SENT_EVERY_MS) {
        cursor = await readFolder(client, sent, cursor, context);
        sentAt = context.now();
      }
      cursor = await readFolder(client, inbox, cursor, context);
      context.reportHealth('healthy');
      await bell.rung(sent ? SENT_EVERY_MS : POLL_MS);
      if (!client.usable && !context.signal.aborted)
        throw new ChannelError('unavailable', 'The IMAP server closed the connection.', { code: 'imap-closed' });
    }
  } finally {
    context.signal.removeEventListener('abort', bell.ring);
    await closeImap(client);
  }
}

/** Answers written in another mail program. Copies that we keep there ourselves are known already. */
async function sentFolder(client: ImapFlow, inbox: string, context: CursorContext<EmailSettings>): Promise<Folder | null> {
  const { settings, signingKey } = context.account;
  const path = await asked(sentMailbox(client));
  if (!path || path === inbox) return null;
  const wants = (bytes: Uint8Array) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const facts = readFacts(new Headers(readHeaders(buffer, 0, buffer.length).fields));
    const own = readMark(signingKey, facts.ownMark) !== null;
    return sameAddress(facts.from?.address ?? '', settings.address) && (!own || keepsCopies(settings));
  };
  return { path, firstTime: 'from-now', wants };
}

/** Remembers a ring that came while nobody listened. */
function newBell() {
  let rang = false;
  let wake: (() => void) | null = null;
  return {
    ring: () => {
      rang = true;
      wake?.();
    },
    mute: () => {
      rang = false;
    },
    rung: (timeoutMs: number) =>
      new Promise<void>((resolve) => {
        if (rang) return resolve();
        const timer = setTimeout(resolve, timeoutMs);
        wake = () => {
          clearTimeout(timer);
          wake = null;
          resolve();
        };
      }),
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}

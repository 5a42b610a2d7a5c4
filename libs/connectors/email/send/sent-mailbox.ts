import { type ChannelContext, ChannelError } from '@parley/connector';
import { closeImap, openImap, sentMailbox } from '../receive/imap-client';
import type { EmailSettings } from '../settings';

const APPEND_MS = 10_000;

/** Puts a copy where people look for sent mail. It is a courtesy: a failure is logged and the mail counts as sent. */
export async function keepCopy(bytes: Buffer, context: ChannelContext<EmailSettings>): Promise<void> {
  const limit = AbortSignal.any([context.signal, AbortSignal.timeout(APPEND_MS)]);
  try {
    const client = await openImap({ ...context, signal: limit });
    try {
      const path = await sentMailbox(client);
      if (path) await client.append(path, bytes, ['\\Seen']);
    } finally {
      await closeImap(client);
    }
  } catch (error) {
    context.log.warn('No copy of a sent mail could be kept', {
      code: error instanceof ChannelError ? error.code : 'imap-append',
    });
  }
}

/** Is a mail with this Message-ID in the folder of sent mail? @throws ChannelError when the mailbox cannot be asked. */
export async function isInSent(messageId: string, context: ChannelContext<EmailSettings>): Promise<boolean | null> {
  const client = await openImap(context);
  try {
    const path = await sentMailbox(client);
    if (!path) return null;
    await client.mailboxOpen(path, { readOnly: true });
    const found = await client.search({ header: { 'message-id': messageId } }, { uid: true });
    return Array.isArray(found) && found.length > 0;
  } finally {
    await closeImap(client);
  }
}

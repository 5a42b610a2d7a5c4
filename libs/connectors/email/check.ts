import { type AccountCheck, type ChannelContext, ChannelError } from '@parley/connector';
import { closeImap, openImap, sentMailbox } from './receive/imap-client';
import { asked } from './receive/read-folder';
import { tryLogin } from './send/smtp';
import type { EmailSettings } from './settings';

/** Logs in on both sides and opens the folder. What is wrong is said side by side, so that a person mends it in one go. */
export async function checkEmail(context: ChannelContext<EmailSettings>): Promise<AccountCheck> {
  const [imap, smtp] = await Promise.all([outcome(checkImap(context)), outcome(tryLogin(context).then(() => ({})))]);
  const problems = [imap, smtp].flatMap((each) => (each.problem ? [each.problem] : []));
  return {
    ok: problems.length === 0,
    message: problems.length ? problems.join(' ') : 'The mailbox can be read and mail can be sent.',
    details: { imap: imap.problem ?? 'ok', smtp: smtp.problem ?? 'ok', ...imap.details },
  };
}

async function checkImap(context: ChannelContext<EmailSettings>): Promise<Record<string, unknown>> {
  const client = await openImap(context);
  try {
    const path = context.account.settings.imap.mailbox ?? 'INBOX';
    const mailbox = await asked(client.mailboxOpen(path, { readOnly: true })).catch((cause: unknown) => {
      throw new ChannelError('rejected', `The folder ${path} cannot be opened.`, { code: 'imap-folder', cause });
    });
    return {
      folder: path,
      messages: mailbox.exists,
      push: client.capabilities.has('IDLE'),
      sentFolder: await asked(sentMailbox(client)),
    };
  } finally {
    await closeImap(client);
  }
}

async function outcome(work: Promise<Record<string, unknown>>): Promise<{ problem?: string; details?: Record<string, unknown> }> {
  try {
    return { details: await work };
  } catch (error) {
    if (error instanceof ChannelError) return { problem: error.message };
    throw error;
  }
}

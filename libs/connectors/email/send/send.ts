import { ChannelError, type SendContext, type SendResult } from '@parley/connector';
import type { EmailSettings } from '../settings';
import { composeMail, type MailFile } from './compose';
import { keepsCopies } from './copies';
import type { MailRequest } from './mail-request';
import { FILES_BYTES_MAX } from './render';
import { isInSent, keepCopy } from './sent-mailbox';
import { sendMail } from './smtp';

export async function sendEmail(request: MailRequest, context: SendContext<EmailSettings>): Promise<SendResult> {
  const bytes = await composeMail(request, await openFiles(request, context));
  await sendMail({ from: request.from.address, to: request.to.address }, bytes, context);
  if (!keepsCopies(context.account.settings)) await keepCopy(bytes, context);
  return { externalId: request.messageId };
}

async function openFiles(request: MailRequest, context: SendContext<EmailSettings>): Promise<MailFile[]> {
  const files: MailFile[] = [];
  let total = 0;
  for (const { url, name, mime } of request.files) {
    const media = await context.openMedia(url);
    total += media.bytes.length;
    if (total > FILES_BYTES_MAX)
      throw new ChannelError('rejected', `The files of a mail may have ${FILES_BYTES_MAX / 1_048_576} MB together.`, {
        code: 'files-too-large',
      });
    files.push({ name: name ?? media.name, mime: mime || media.mime, bytes: media.bytes });
  }
  return files;
}

/**
 * After a broken connection: a copy in the folder of sent mail proves that it left. Where the provider keeps the copies
 * itself, a missing one says that it did not; where we keep them, it says nothing.
 */
export async function reconcileEmail(
  request: MailRequest,
  context: SendContext<EmailSettings>,
): Promise<{ found: SendResult } | 'absent' | 'unknown'> {
  const found = await isInSent(request.messageId, context);
  if (found) return { found: { externalId: request.messageId } };
  return found === false && keepsCopies(context.account.settings) ? 'absent' : 'unknown';
}

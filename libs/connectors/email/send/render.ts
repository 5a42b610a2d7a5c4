import { domainToASCII } from 'node:url';
import { type AccountFacts, ChannelError, type OutboundDraft, type Rendering } from '@parley/connector';
import type { Part } from '@parley/model';
import { z } from 'zod';
import { type EmailSettings, takesPlusAddresses } from '../settings';
import { baseSubject, makeMark, makeReplyAddress, messageIdOf, referencesAfter } from '../thread';
import type { MailRequest } from './mail-request';

/** Bytes of files in one mail: 25 MB of MIME, which most servers take, less what base64 adds. */
export const FILES_BYTES_MAX = 18 * 1024 * 1024;
export const TEXT_LENGTH_MAX = 200_000;
const SUBJECT_LENGTH_MAX = 250;
const FIRST_LINE_MAX = 78;

const addressSchema = z.object({
  to: z.string(),
  name: z.string().nullable().default(null),
  subject: z.string().default(''),
  messageId: z.string().nullable().default(null),
  references: z.array(z.string()).default([]),
});

export function renderEmail(message: OutboundDraft, account: AccountFacts<EmailSettings>): Rendering<MailRequest> {
  const { settings, signingKey } = account;
  const parsed = addressSchema.safeParse(message.address);
  const to = validAddress(parsed.success ? parsed.data.to : message.contact.address);
  const thread = parsed.success ? parsed.data : addressSchema.parse({ to });
  const { text, files, losses } = contentOf(message.parts);
  if (!text && files.length === 0)
    throw new ChannelError('rejected', 'There is nothing in this message to send.', { code: 'empty-message' });
  if (text.length > TEXT_LENGTH_MAX)
    throw new ChannelError('rejected', `A mail may have ${TEXT_LENGTH_MAX} characters.`, { code: 'text-too-long' });

  const mark = makeMark(signingKey, {
    messageId: message.messageId,
    conversationId: message.conversationId,
    attempt: message.attempt,
    to,
  });
  const parent = parentOf(message.replyTo?.externalId) ?? thread.messageId;
  const request: MailRequest = {
    messageId: messageIdOf(mark, settings.address),
    mark,
    from: { address: settings.address, name: oneLine(settings.name ?? '') || null },
    to: { address: to, name: oneLine(thread.name ?? message.contact.name ?? '') || null },
    replyTo: takesPlusAddresses(settings) ? makeReplyAddress(signingKey, settings.address, message.conversationId) : null,
    subject: subjectOf(message.subject ?? thread.subject, parent !== null, text),
    inReplyTo: isMessageId(parent) ? parent : null,
    references: referencesAfter(referencesAfter(thread.references, thread.messageId), parent).filter(isMessageId),
    text,
    language: /^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$/.test(message.language) ? message.language : 'und',
    files,
    automatic: message.author.kind !== 'agent',
    date: message.acceptedAt,
  };
  return { requests: [request], losses };
}

/** An external id of ours is a Message-ID, perhaps with the hash of its content behind it. */
function parentOf(externalId: string | undefined): string | null {
  const id = externalId?.split('#', 1)[0] ?? '';
  return isMessageId(id) ? id : null;
}

const isMessageId = (id: string | null): id is string => id !== null && /^<[^<>\s\u0000-\u001f\u007f]{1,400}>$/.test(id);

/** "Re: " once and the subject of the thread, never translated: programs open a new thread when it changes. */
function subjectOf(subject: string, isReply: boolean, text: string): string {
  const base = oneLine(baseSubject(subject)).slice(0, SUBJECT_LENGTH_MAX).toWellFormed();
  if (base) return isReply ? `Re: ${base}` : base;
  if (isReply) return 'Re:';
  const [first = ''] = text.trim().split('\n');
  return oneLine(first).slice(0, FIRST_LINE_MAX).toWellFormed();
}

/** Nothing of a name or subject may start another header field. */
const oneLine = (text: string): string =>
  text
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** @throws ChannelError `rejected` for what cannot be an address. */
export function validAddress(text: string): string {
  const address = text.trim();
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  // Blanks and control characters would be taken out without a word.
  const given = address.slice(at + 1).toLowerCase();
  const domain = /[\s\u0000-\u001f\u007f%]/.test(given) ? '' : domainToASCII(given);
  const whole =
    at > 0 &&
    Buffer.byteLength(local) <= 64 &&
    /^[^\s<>"',;:()[\]\\@\u0000-\u001f\u007f]+$/u.test(local) &&
    /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(domain) &&
    !/^\d+(\.\d+){3}$/.test(domain);
  if (!whole || domain.endsWith('.invalid'))
    throw new ChannelError('rejected', 'This is no e-mail address a mail can be sent to.', { code: 'address-invalid' });
  return `${local}@${domain}`;
}

interface Content {
  readonly text: string;
  readonly files: MailRequest['files'];
  readonly losses: string[];
}

function contentOf(parts: readonly Part[]): Content {
  const texts: string[] = [];
  const files: MailRequest['files'] = [];
  const losses: string[] = [];
  let bytes = 0;
  for (const part of parts) {
    switch (part.kind) {
      case 'text':
        texts.push(part.text);
        break;
      case 'media':
        files.push({ url: part.url, name: part.name, mime: part.mime });
        bytes += part.sizeBytes ?? 0;
        if (part.caption) texts.push(part.caption);
        break;
      case 'location':
        texts.push(
          [part.name, part.address, `https://www.openstreetmap.org/?mlat=${part.latitude}&mlon=${part.longitude}`]
            .filter(Boolean)
            .join('\n'),
        );
        break;
      case 'contact':
        texts.push([part.name, ...part.phones, ...part.emails].join('\n'));
        break;
      case 'choice':
        texts.push([part.text, ...part.options.map((option, i) => `${i + 1}. ${option.title}`)].join('\n'));
        losses.push('A mail has no buttons: the options are sent as a numbered list.');
        break;
      case 'chosen':
        texts.push(part.title);
        break;
      case 'card':
        texts.push([part.title, part.text, part.url].filter(Boolean).join('\n'));
        if (part.image) losses.push('The picture of the card is not sent.');
        break;
      case 'template':
        throw new ChannelError('rejected', 'A mail has no templates.', { code: 'template-unsupported' });
      case 'unsupported':
        throw new ChannelError('rejected', 'A part of this message is of a kind that cannot be sent.', {
          code: 'part-unsupported',
        });
    }
  }
  if (bytes > FILES_BYTES_MAX)
    throw new ChannelError('rejected', `The files of a mail may have ${FILES_BYTES_MAX / 1_048_576} MB together.`, {
      code: 'files-too-large',
    });
  return {
    text: texts
      .map((text) => text.replaceAll('\r\n', '\n').trim())
      .filter(Boolean)
      .join('\n\n'),
    files,
    losses,
  };
}

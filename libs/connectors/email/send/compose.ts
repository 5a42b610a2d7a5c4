import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import { OWN_MARK_HEADER } from '../parse';
import { htmlOf } from './mail-html';
import type { MailRequest } from './mail-request';

export interface MailFile {
  readonly name: string | null;
  readonly mime: string;
  readonly bytes: Uint8Array;
}

/** The bytes of a mail. The same request gives the same bytes: a second try is the same mail, not another with its id. */
export async function composeMail(request: MailRequest, files: readonly MailFile[]): Promise<Buffer> {
  const mostlyLatin = (request.text.match(/[\u0000-\u024f]/g)?.length ?? 0) * 2 > request.text.length;
  const composer = new MailComposer({
    from: { address: request.from.address, name: request.from.name ?? '' },
    to: { address: request.to.address, name: request.to.name ?? '' },
    ...(request.replyTo ? { replyTo: { address: request.replyTo, name: request.from.name ?? '' } } : {}),
    subject: request.subject,
    messageId: request.messageId,
    date: new Date(request.date),
    ...(request.inReplyTo ? { inReplyTo: request.inReplyTo } : {}),
    ...(request.references.length ? { references: [...request.references] } : {}),
    headers: {
      [OWN_MARK_HEADER]: request.mark,
      ...(request.language === 'und' ? {} : { 'Content-Language': request.language }),
      // Never on what a person wrote: their mail must reach a mailbox that drops what machines send.
      ...(request.automatic ? { 'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All' } : {}),
    },
    text: request.text,
    html: request.text ? htmlOf(request.text, request.language) : '',
    attachments: files.map((file) => ({
      filename: file.name ?? false,
      content: Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.length),
      contentType: /^[\w.+-]+\/[\w.+-]+$/.test(file.mime) ? file.mime : 'application/octet-stream',
      contentDisposition: 'attachment',
    })),
    // Quoted-printable triples text that is not Latin.
    textEncoding: mostlyLatin ? 'quoted-printable' : 'base64',
    baseBoundary: createHash('sha256').update(request.messageId).digest('hex').slice(0, 24),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

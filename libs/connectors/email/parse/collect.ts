import { type Invitation, readInvitation } from './calendar';
import { cleanText, decodeBytes } from './charset';
import { FileShelf } from './file-shelf';
import { unflow } from './flowed';
import { Headers, readHeaders } from './headers';
import { stripTags } from './html-strip';
import { LIMITS } from './limits';
import { readMailboxes } from './mailboxes';
import type { MimeNode, MimeTree } from './mime-tree';
import type { EmailFile } from './parsed-email';
import { type DeliveryReport, type Returned, readDeliveryStatus, readDisposition, readFeedback, readReturned } from './report';
import { readTnef } from './tnef';
import { takeUuFiles } from './transfer-encoding';

/** One stretch of body: the same words as plain text, as HTML, or as both. */
export interface Segment {
  plain: string | null;
  html: string | null;
}

export interface Collected {
  readonly segments: Segment[];
  readonly files: EmailFile[];
  readonly invitations: Invitation[];
  readonly unsupported: { summary: string; rawType: string }[];
  readonly reports: DeliveryReport[];
  readonly defects: Set<string>;
  /** The charset of a text that had none: unlabelled headers are likely in it too. */
  hint: string | null;
}

const newCollected = (): Collected => ({
  segments: [],
  files: [],
  invitations: [],
  unsupported: [],
  reports: [],
  defects: new Set(),
  hint: null,
});

/** Everything a mail holds, sorted by what it is. Nothing is left out: what is not understood is kept as a file and named. */
export function collect(tree: MimeTree): Collected {
  const collector = new Collector(tree, newCollected());
  collector.visit(tree.root);
  return collector.out;
}

class Collector {
  private readonly shelf: FileShelf;

  constructor(
    private readonly tree: MimeTree,
    readonly out: Collected,
  ) {
    this.shelf = new FileShelf(out);
  }

  visit(node: MimeNode): void {
    if (node.type.startsWith('multipart/') && node.children.length > 0) this.visitMultipart(node);
    else this.visitLeaf(node);
  }

  private visitMultipart(node: MimeNode) {
    switch (node.type) {
      case 'multipart/alternative':
        return this.visitAlternative(node);
      case 'multipart/signed':
        return this.visitSigned(node);
      case 'multipart/encrypted':
        this.out.unsupported.push({
          summary: 'This part is encrypted (PGP); it can be read with the key only.',
          rawType: node.type,
        });
        for (const child of node.children) this.keepFile(child, 'encrypted.asc');
        return;
      case 'multipart/report':
        return this.visitReport(node);
      default:
        for (const child of node.children) this.visit(child);
    }
  }

  /** One content in several forms: the best plain and the best HTML make one segment, whatever else comes along stays. */
  private visitAlternative(node: MimeNode): void {
    const own = this.out.segments.length;
    for (const child of node.children) {
      if (child.type === 'text/x-amp-html' || child.type === 'text/watch-html') continue;
      this.visit(child);
    }
    const forms = this.out.segments.splice(own);
    const plains = forms.filter((form) => form.plain !== null && form.html === null);
    const htmls = forms.filter((form) => form.html !== null);
    if (!plains.length && !htmls.length) return;
    const plain = plains.at(-1)?.plain ?? htmls.find((form) => form.plain !== null)?.plain ?? null;
    const html = htmls.length ? htmls.map((form) => form.html ?? '').join('\n<br>\n') : null;
    this.out.segments.push({ plain, html });
  }

  private visitSigned(node: MimeNode): void {
    const [content, signature, ...rest] = node.children;
    if (content) this.visit(content);
    const kind = /pgp/.test(signature?.type ?? node.params['protocol'] ?? '') ? 'PGP' : 'S/MIME';
    this.out.unsupported.push({
      summary: `Signed (${kind}); the signature was not checked.`,
      rawType: signature?.type ?? node.type,
    });
    for (const child of rest) this.visit(child);
  }

  private visitReport(node: MimeNode) {
    const original = node.children.find(
      (child) => child.type === 'message/rfc822' || child.type === 'text/rfc822-headers' || child.type === 'message/global',
    );
    const returned = original ? readReturned(this.tree.content(original)) : undefined;
    const [human, ...others] = node.children;
    if (human) this.visitReportPart(human, returned);
    for (const child of others) this.visitReportPart(child, returned);
    // Some servers call the status part text/plain.
    if (this.out.reports.length === 0 && others[0]?.type === 'text/plain')
      this.out.reports.push(...readDeliveryStatus(this.tree.content(others[0]), returned));
  }

  private visitReportPart(node: MimeNode, returned: Returned | undefined) {
    const content = () => this.tree.content(node);
    switch (node.type) {
      case 'message/delivery-status':
      case 'message/global-delivery-status':
        this.out.reports.push(...readDeliveryStatus(content(), returned));
        return;
      case 'message/disposition-notification':
        this.out.reports.push(...readDisposition(content()));
        return;
      case 'message/feedback-report':
        this.out.reports.push(...readFeedback(content(), returned));
        return;
      case 'text/rfc822-headers':
        this.keepFile(node, 'headers.txt');
        return;
      default:
        this.visit(node);
    }
  }

  private visitLeaf(node: MimeNode) {
    const attached =
      node.disposition === 'attachment' ||
      (node.fileName !== null && node.disposition !== 'inline' && !node.type.startsWith('text/'));
    switch (node.type) {
      case 'text/html':
        if (attached || node.fileName) return this.keepFile(node);
        this.out.segments.push({ plain: null, html: this.textOf(node) });
        return;
      case 'text/calendar':
      case 'application/ics':
        return this.visitCalendar(node);
      case 'text/enriched':
      case 'text/richtext':
        if (attached || node.fileName) return this.keepFile(node);
        this.out.segments.push({ plain: stripTags(this.textOf(node)), html: null });
        return;
      case 'message/rfc822':
      case 'message/global':
      case 'message/news':
        return this.keepMail(node);
      case 'message/delivery-status':
        this.out.reports.push(...readDeliveryStatus(this.tree.content(node)));
        return;
      case 'message/partial':
      case 'message/external-body':
        this.out.unsupported.push({ summary: 'This mail points to content that is not in it.', rawType: node.type });
        return this.keepFile(node, 'part.txt');
      case 'application/ms-tnef':
      case 'application/vnd.ms-tnef':
        return this.visitTnef(node);
      case 'application/pkcs7-mime':
      case 'application/x-pkcs7-mime':
        return this.visitCms(node);
      case 'application/pkcs7-signature':
      case 'application/x-pkcs7-signature':
      case 'application/pgp-signature':
        this.out.unsupported.push({
          summary: `Signature (${/pgp/.test(node.type) ? 'PGP' : 'S/MIME'}); it was not checked.`,
          rawType: node.type,
        });
        return;
      case 'application/pgp-encrypted':
        this.out.unsupported.push({
          summary: 'This part is encrypted (PGP); it can be read with the key only.',
          rawType: node.type,
        });
        return this.keepFile(node, 'encrypted.asc');
      default:
        if (/^winmail\.dat$/i.test(node.fileName ?? '')) return this.visitTnef(node);
        if (
          node.type.startsWith('text/') &&
          !attached &&
          !node.fileName &&
          !/^text\/(csv|rtf|vcard|x-vcard|directory|css|javascript)/.test(node.type)
        )
          return this.visitPlain(node);
        // A multipart whose parts could not be found is read as what it is: text.
        if (node.type.startsWith('multipart/')) return this.visitPlain(node);
        return this.keepFile(node);
    }
  }

  private visitPlain(node: MimeNode) {
    let text = this.textOf(node);
    if (node.params['format']?.toLowerCase() === 'flowed') text = unflow(text, node.params['delsp']?.toLowerCase() === 'yes');
    const { text: rest, files } = takeUuFiles(text);
    for (const file of files)
      this.shelf.add({ name: file.name, mime: 'application/octet-stream', bytes: file.bytes, contentId: null, caption: null });
    this.out.segments.push({ plain: this.unarmoured(rest), html: null });
  }

  /** PGP written into the text itself. */
  private unarmoured(text: string): string {
    if (text.includes('-----BEGIN PGP MESSAGE-----')) {
      this.out.unsupported.push({
        summary: 'This text is encrypted (PGP); it can be read with the key only.',
        rawType: 'text/x-pgp-message',
      });
      return text;
    }
    const start = text.indexOf('-----BEGIN PGP SIGNED MESSAGE-----');
    const end = text.indexOf('-----BEGIN PGP SIGNATURE-----');
    if (start < 0 || end < start) return text;
    this.out.unsupported.push({ summary: 'Signed (PGP); the signature was not checked.', rawType: 'text/x-pgp-signed' });
    const body = text.indexOf('\n\n', start);
    return `${text.slice(0, start)}${text.slice(body < 0 || body > end ? start : body + 2, end)}`.replaceAll(/^- (?=-)/gm, '');
  }

  private visitCalendar(node: MimeNode) {
    const invitation = readInvitation(this.textOf(node));
    // The same appointment often comes twice: as an alternative of the text and as a file.
    if (invitation && !(invitation.uid && this.out.invitations.some((known) => known.uid === invitation.uid)))
      this.out.invitations.push(invitation);
    else if (invitation) return;
    else this.out.unsupported.push({ summary: 'A calendar entry that could not be read.', rawType: node.type });
    this.keepFile(node, 'invite.ics');
  }

  private visitTnef(node: MimeNode) {
    const bytes = this.tree.content(node);
    try {
      const tnef = readTnef(bytes);
      if (!tnef.text && !tnef.html && tnef.files.length === 0) throw new RangeError('Nothing in it');
      if (tnef.text || tnef.html) this.out.segments.push({ plain: tnef.text, html: tnef.html });
      for (const file of tnef.files) this.shelf.add({ ...file, mime: 'application/octet-stream', caption: null });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.out.unsupported.push({
        summary: 'Outlook packed this mail in a form that could not be read; the file is kept.',
        rawType: node.type,
      });
      this.keepFile(node, 'winmail.dat');
    }
  }

  private visitCms(node: MimeNode): void {
    const signed = /signed-data|certs-only/.test(node.params['smime-type'] ?? '');
    const summary = signed
      ? 'Signed so that the text is inside the signature (S/MIME); it could not be opened.'
      : 'This mail is encrypted (S/MIME); it can be read with the key only.';
    this.out.unsupported.push({ summary, rawType: node.type });
    this.keepFile(node, 'smime.p7m');
  }

  /** A mail in a mail: kept whole as a file, with what it says of itself. Its headers never thread the outer one. */
  private keepMail(node: MimeNode): void {
    const bytes = this.tree.content(node);
    const headers = new Headers(readHeaders(bytes, 0, bytes.length).fields);
    const [from] = readMailboxes(headers.raw('from'));
    const subject = headers.text('subject') ?? '';
    const caption = [from?.name ?? from?.address, subject].filter(Boolean).join(': ');
    const name =
      node.fileName ??
      `${
        subject
          .replaceAll(/[\\/:*?"<>|]/g, ' ')
          .trim()
          .slice(0, 80) || 'message'
      }.eml`;
    this.shelf.add({ name, mime: 'message/rfc822', bytes, contentId: node.contentId, caption: caption || null });
  }

  private keepFile(node: MimeNode, fallbackName: string | null = null): void {
    const bytes = this.tree.content(node);
    // An empty part without a name is a mailer's left-over.
    if (bytes.length === 0 && !node.fileName) return;
    this.shelf.add({ name: node.fileName ?? fallbackName, mime: node.type, bytes, contentId: node.contentId, caption: null });
  }

  /** A text of megabytes is shown from its beginning, and kept as a file. */
  private shownBytes(node: MimeNode): Buffer {
    const bytes = this.tree.content(node);
    if (bytes.length <= LIMITS.textBytes) return bytes;
    const name = node.fileName ?? (node.type === 'text/html' ? 'message.html' : 'message.txt');
    this.shelf.add({
      name,
      mime: node.type.startsWith('text/') ? node.type : 'text/plain',
      bytes,
      contentId: null,
      caption: null,
    });
    this.out.unsupported.push({ summary: 'The text goes on; all of it is in the file beside.', rawType: 'text-cut' });
    return upToLine(bytes, LIMITS.textBytes);
  }

  private textOf(node: MimeNode): string {
    const bytes = this.shownBytes(node);
    const label = node.params['charset'] || (node.type === 'text/html' ? metaCharset(bytes) : null);
    const decoded = decodeBytes(bytes, label, this.out.hint);
    if (decoded.guessed) {
      this.out.hint ??= decoded.charset;
      this.out.defects.add('charset-guessed');
    }
    return cleanText(decoded.text);
  }
}

/** Up to the end of a line, so that no character is cut in two. */
function upToLine(bytes: Buffer, length: number): Buffer {
  const end = bytes.lastIndexOf(0x0a, length);
  if (end > length / 2) return bytes.subarray(0, end);
  let cut = length;
  while (cut > length - 4 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut--;
  return bytes.subarray(0, cut);
}

function metaCharset(bytes: Buffer): string | null {
  const head = bytes.toString('latin1', 0, 2_048);
  return /<meta[^>]{1,200}charset\s*=\s*["']?([\w-]{2,40})/i.exec(head)?.[1] ?? null;
}

import { foldLine, isForwardLine, splitReply } from '../reply';
import { readAuthentication } from './authentication';
import { classifyMail } from './automatic';
import { cleanText, decodeBytes } from './charset';
import { type Collected, collect, type Segment } from './collect';
import { contentHash } from './content-hash';
import { decodeHeader, Headers } from './headers';
import { cleanHtml } from './html-clean';
import { type HtmlText, htmlToText } from './html-text';
import { LIMITS } from './limits';
import { type Mailbox, readMailboxes } from './mailboxes';
import { readMessageIds } from './message-ids';
import { readMimeTree } from './mime-tree';
import type { EmailFile, ParsedEmail } from './parsed-email';
import { isBounceLike, readPlainBounce } from './report';

/** Header that says who sent a mail of ours; signed, see `thread/own-mark`. */
export const OWN_MARK_HEADER = 'X-Parley-Message';

/**
 * What a mail says, from its bytes as they came. Never throws for what is in them: broken mail gives what can be had,
 * and its `defects` tell what was wrong.
 */
export async function parseEmail(raw: Uint8Array): Promise<ParsedEmail> {
  return parseEmailNow(raw);
}

export function parseEmailNow(raw: Uint8Array): ParsedEmail {
  const bytes = withLineFeeds(Buffer.from(raw.buffer, raw.byteOffset, raw.length));
  const tree = readMimeTree(bytes);
  const collected = collect(tree);
  const headers = tree.root.headers.withHint(collected.hint);
  const facts = readFacts(headers);
  const { cutText: rest, defects: bodyDefects, ...body } = readBody(collected, facts.subject);
  // A text of megabytes is kept as a file already.
  const cutText = collected.unsupported.some(({ rawType }) => rawType === 'text-cut') ? null : rest;
  const looksBounced = isBounceLike(facts.from?.address ?? null, facts.subject, headers.raw('return-path'));
  const reports =
    collected.reports.length || !looksBounced ? collected.reports : readPlainBounce(bounceText(body.text, collected.files));
  const { class: mailClass, reasons } = classifyMail(headers, facts.from?.address ?? null, facts.subject, reports, looksBounced);
  return {
    ...facts,
    ...body,
    invitations: collected.invitations,
    unsupported: cutText
      ? [...collected.unsupported, { summary: 'The text goes on; all of it is in the file beside.', rawType: 'text-cut' }]
      : collected.unsupported,
    files: cutText ? [...body.files, textFile(cutText)] : body.files,
    reports,
    class: mailClass,
    classReasons: reasons,
    authentication: readAuthentication(headers.fields),
    defects: [...new Set([...tree.defects, ...collected.defects, ...bodyDefects, ...facts.defects])],
    contentHash: contentHash(bytes),
    sizeBytes: raw.length,
  };
}

/** Mail of old Macs and broken gateways ends its lines in CR alone. */
function withLineFeeds(bytes: Buffer): Buffer {
  if (bytes.includes(0x0a) || !bytes.includes(0x0d)) return bytes;
  return Buffer.from(bytes.map((byte) => (byte === 0x0d ? 0x0a : byte)));
}

// ---------------------------------------------------------------- header

export type MailFacts = ReturnType<typeof readFacts>;

/** What the header says, of a whole mail or of a header alone. */
export function readFacts(given: Headers) {
  const headers = given.hint ? given : given.withHint(guessCharset(given));
  const mailboxes = (name: string): Mailbox[] =>
    headers
      .allRaw(name)
      .slice(0, 20)
      .flatMap((raw) => readMailboxes(raw, headers.hint))
      .slice(0, LIMITS.mailboxes);
  const froms = mailboxes('from').filter((mailbox) => mailbox.address || mailbox.name);
  const from = froms.find((mailbox) => mailbox.address) ?? froms[0] ?? null;
  const [sender = null] = mailboxes('sender');
  const to = mailboxes('to');
  const cc = mailboxes('cc');
  const envelope = [
    'delivered-to',
    'x-original-to',
    'envelope-to',
    'x-envelope-to',
    'x-forwarded-to',
    'x-delivered-to',
    'apparently-to',
    'resent-to',
  ].flatMap(mailboxes);
  const defects: string[] = [];
  if (headers.allRaw('from').length > 1 || (froms.length > 1 && !sender)) defects.push('several-from');
  if (!from?.address) defects.push('no-from');
  if (from?.name && spoofs(from)) defects.push('name-shows-other-address');
  const { date, receivedAt } = readDates(headers);
  const [messageId = null] = readMessageIds(
    headers
      .allRaw('message-id')
      .slice(0, 1)
      .map((raw) => decodeHeader(raw)),
  );
  return {
    subject: (headers.text('subject') ?? '').slice(0, 2_000).toWellFormed(),
    from,
    sender,
    replyTo: mailboxes('reply-to').filter((mailbox) => mailbox.address),
    to,
    cc,
    recipients: [...new Set([...envelope, ...to, ...cc].map((mailbox) => mailbox.address).filter(Boolean))].slice(
      0,
      LIMITS.mailboxes,
    ),
    date,
    receivedAt,
    messageId,
    inReplyTo: readMessageIds(headers.allRaw('in-reply-to')),
    references: readMessageIds(headers.allRaw('references')),
    language: languageOf(headers),
    ownMark: headers.text(OWN_MARK_HEADER.toLowerCase()),
    defects,
  };
}

const SAMPLE_LENGTH = 4_000;

/** Raw bytes of all header texts together: the longer a text, the surer the guess. */
function guessCharset(headers: Headers): string | null {
  const raw = ['subject', 'from', 'to', 'cc'].map((name) => headers.raw(name) ?? '').filter((value) => /[\x80-\xff]/.test(value));
  if (raw.length === 0) return null;
  const { charset, guessed } = decodeBytes(Buffer.from(raw.join(' ').slice(0, SAMPLE_LENGTH), 'latin1'));
  return guessed ? charset : null;
}

/** A display name that shows an address other than the real one wants to be taken for somebody else. */
function spoofs({ name, address }: Mailbox): boolean {
  const shown = /[^\s<>"'()]+@[^\s<>"'()]+\.[a-z]{2,}/i.exec(name ?? '')?.[0];
  return shown !== undefined && shown.toLowerCase() !== address.toLowerCase();
}

const DAY_MS = 86_400_000;

/** `Date` is believed when it lies near the time of receipt. */
function readDates(headers: Headers): { date: string | null; receivedAt: string | null } {
  const received = headers.raw('received');
  const receivedMs = received ? parseDate(received.slice(received.lastIndexOf(';') + 1)) : null;
  const dateMs = parseDate(headers.text('date') ?? '');
  const near = dateMs !== null && (receivedMs === null || (dateMs > receivedMs - 30 * DAY_MS && dateMs < receivedMs + DAY_MS));
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return { date: iso(near ? dateMs : receivedMs), receivedAt: iso(receivedMs) };
}

function parseDate(text: string): number | null {
  const plain = text
    .replaceAll(/\([^()]*\)/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 100);
  const ms =
    Date.parse(plain) || Date.parse(plain.replace(/^[^\d]{1,20},?\s*/, '')) || Date.parse(plain.replace(/\s[A-Z]{2,5}$/, ' GMT'));
  return Number.isFinite(ms) && ms > 0 && ms < 4_102_444_800_000 ? ms : null;
}

function languageOf(headers: Headers): string | null {
  const tag = /^[a-z]{2,3}(-[a-z0-9]{2,8})*/i.exec(
    (headers.text('content-language') ?? headers.text('accept-language') ?? '').trim(),
  )?.[0];
  return tag ?? null;
}

// ---------------------------------------------------------------- body

interface Body {
  readonly text: string;
  readonly visible: string;
  readonly unquoted: string;
  readonly signature: string;
  readonly forwarded: boolean;
  readonly html: string | null;
  readonly files: EmailFile[];
  readonly defects: string[];
  /** All of a text that was too long to be shown. */
  readonly cutText: string | null;
}

const STUB =
  /(html|view (this|it) (e-?mail|message)|mime[- ]compatible|does not support|nicht (korrekt )?angezeigt|ne prend pas en charge|不支持)/i;
const SUBJECT_FORWARD =
  /^\s*(fwd?|wg|tr|rv|vb|vs|vl|i|enc|doorst|转发|轉寄|转寄|転送|전달|пересл|fs|pd|iletilen|továbbítva|προώθ|trans)\s*[:：]/i;

function readBody(collected: Collected, subject: string): Body {
  const defects: string[] = [];
  const texts = collected.segments.map((segment) => readSegment(segment, defects));
  const isForward = SUBJECT_FORWARD.test(subject);
  const full = join(texts.map((each) => each.text));
  const shown = full.slice(0, LIMITS.textLength).toWellFormed();
  const split = splitReply(shown, { isForward, linesMax: LIMITS.replyLines });
  const html = join(collected.segments.map((segment) => segment.html ?? ''));
  const cleaned = html ? cleanHtml(html) : null;
  if (html && cleaned === null) defects.push('html-too-large');
  const own = ownParts(split, texts, isForward);
  return {
    text: shown,
    ...own,
    forwarded: split.forwarded,
    html: cleaned,
    files: placeFiles(collected.files, texts),
    defects,
    cutText: full.length > shown.length ? full : null,
  };
}

interface SegmentText {
  readonly text: string;
  readonly html: HtmlText | null;
}

function readSegment(segment: Segment, defects: string[]): SegmentText {
  const html = segment.html !== null ? htmlToText(segment.html, (line) => isForwardLine(foldLine(line))) : null;
  if (html?.degraded) defects.push('html-degraded');
  const plain = segment.plain?.trim() ?? '';
  const usable = plain !== '' && !(html && html.text.length > 40 && (isStub(plain, html.text) || looksLikeHtml(plain)));
  return { text: cleanText(usable ? (segment.plain ?? '') : (html?.text ?? plain)).trim(), html };
}

/** "Your mail program does not support HTML": a plain part that says nothing. */
const isStub = (plain: string, html: string): boolean => plain.length < 300 && plain.length < html.length && STUB.test(plain);
const looksLikeHtml = (plain: string): boolean => /^<(!doctype|html|div|table|p|head)\b/i.test(plain);

/** Words rules decide; where they see no quote, the containers of the HTML are asked. */
function ownParts(
  split: ReturnType<typeof splitReply>,
  texts: readonly SegmentText[],
  isForward: boolean,
): Pick<Body, 'visible' | 'unquoted' | 'signature'> {
  const [only] = texts;
  const html = texts.length === 1 ? only?.html : texts.find((each) => each.html)?.html;
  const wordsDecide = split.method !== 'none' && (split.method !== 'quote-marks' || split.interleaved);
  if (!html?.hasQuote || split.forwarded || isForward || wordsDecide) {
    const htmlSignature = split.signature === '' && html && !html.degraded ? withoutTail(split.visible, html) : null;
    return htmlSignature ?? { visible: split.visible, unquoted: split.unquoted, signature: split.signature };
  }
  const unquoted = splitReply(html.unquoted);
  if (!unquoted.visible) return { visible: split.visible, unquoted: split.unquoted, signature: split.signature };
  const marked = html.visible && html.visible.length < html.unquoted.length ? splitReply(html.visible).visible : '';
  const visible = marked || unquoted.visible;
  return {
    visible,
    unquoted: unquoted.unquoted,
    signature: unquoted.unquoted.startsWith(visible) ? unquoted.unquoted.slice(visible.length).trim() : unquoted.signature,
  };
}

/** A signature that only its HTML container shows, when the text ends with the same words. */
function withoutTail(visible: string, html: HtmlText): Pick<Body, 'visible' | 'unquoted' | 'signature'> | null {
  if (html.visible === html.unquoted || !html.visible || !visible.startsWith(html.visible)) return null;
  const signature = visible.slice(html.visible.length).trim();
  return signature ? { visible: html.visible.trimEnd(), unquoted: visible, signature } : null;
}

function placeFiles(files: readonly EmailFile[], texts: readonly SegmentText[]): EmailFile[] {
  const all = texts.flatMap((each) => each.html?.imagesSeen ?? []).map(cidKey);
  const seen = new Set(all);
  const whole = texts.some((each) => each.html?.degraded);
  const referenced = new Set(texts.flatMap((each) => each.html?.imagesAll ?? []).map(cidKey));
  return files.map((file) => {
    const key = file.contentId ? cidKey(file.contentId) : null;
    const inline = key !== null && referenced.has(key);
    return { ...file, inline, folded: inline && !whole && !seen.has(key ?? '') };
  });
}

const cidKey = (cid: string): string => cid.replaceAll(/^<|>$/g, '').trim().toLowerCase();
const join = (texts: readonly string[]): string => texts.filter((text) => text.trim()).join('\n\n');

/** The text of a bounce, with the beginning of the mail it returns. */
function bounceText(text: string, files: readonly EmailFile[]): string {
  const returned = files.find((file) => file.mime === 'message/rfc822' || file.name === 'headers.txt');
  return returned ? `${text}\n${Buffer.from(returned.bytes.subarray(0, 16_384)).toString('latin1')}` : text;
}

const textFile = (text: string): EmailFile => ({
  name: 'message.txt',
  mime: 'text/plain',
  bytes: Buffer.from(text),
  contentId: null,
  inline: false,
  folded: false,
  caption: null,
});

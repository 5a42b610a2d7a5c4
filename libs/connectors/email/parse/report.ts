import { decodeHeader, Headers, readHeaders } from './headers';
import { normalizeAddress, readMailboxes } from './mailboxes';

/** What a mail server or reader reports about one message to one recipient. */
export interface DeliveryReport {
  /** `read` from a disposition notification (RFC 8098), `complaint` from a feedback report (RFC 5965), else RFC 3464. */
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded' | 'read' | 'complaint';
  readonly recipient: string | null;
  /** Enhanced status code, `5.1.1`. */
  readonly status: string | null;
  readonly diagnostic: string | null;
  /** Message-ID of the mail it is about, with its brackets. */
  readonly originalMessageId: string | null;
  /** Whom that mail names in its own header. */
  readonly originalTo: string | null;
}

/** The mail a report is about. */
export interface Returned {
  readonly messageId: string | null;
  readonly to: string | null;
}
const NOTHING_RETURNED: Returned = { messageId: null, to: null };

const RECIPIENTS_MAX = 100;

const fieldsOf = (bytes: Buffer, from: number): { headers: Headers; end: number } => {
  const block = readHeaders(bytes, from, bytes.length);
  return { headers: new Headers(block.fields), end: block.end };
};

/** The blocks of `message/delivery-status`: one for the message, then one for each recipient. */
export function readDeliveryStatus(bytes: Buffer, returned: Returned = NOTHING_RETURNED): DeliveryReport[] {
  const reports: DeliveryReport[] = [];
  let at = 0;
  while (at < bytes.length && reports.length < RECIPIENTS_MAX) {
    const { headers, end } = fieldsOf(bytes, at);
    at = Math.max(end, at + 1);
    const action = actionOf(headers.text('action'), headers.text('status'));
    if (!action) continue;
    const recipient = headers.text('final-recipient') ?? headers.text('original-recipient');
    reports.push({
      action,
      recipient: recipient ? normalizeAddress(recipient.slice(recipient.indexOf(';') + 1)) || null : null,
      status: /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(headers.text('status') ?? '')?.[0] ?? null,
      diagnostic:
        headers
          .text('diagnostic-code')
          ?.replace(/^[\w-]+;\s*/, '')
          .slice(0, 500)
          .toWellFormed() ?? null,
      originalMessageId: returned.messageId,
      originalTo: returned.to,
    });
  }
  return reports;
}

function actionOf(action: string | null, status: string | null): DeliveryReport['action'] | null {
  const word = /[a-z]+/.exec((action ?? '').toLowerCase())?.[0];
  // "failed" with a 4.x.x status is a try that will be repeated.
  if (word === 'failed') return status?.trim().startsWith('4') ? 'delayed' : 'failed';
  if (word === 'delayed' || word === 'delivered' || word === 'relayed' || word === 'expanded') return word;
  return null;
}

export function readDisposition(bytes: Buffer): DeliveryReport[] {
  const { headers } = fieldsOf(bytes, 0);
  const disposition = (headers.text('disposition') ?? '').toLowerCase();
  if (!/displayed|read/.test(disposition)) return [];
  const recipient = headers.text('final-recipient') ?? '';
  return [
    {
      action: 'read',
      recipient: normalizeAddress(recipient.slice(recipient.indexOf(';') + 1)) || null,
      status: null,
      diagnostic: null,
      originalMessageId: /<[^<>\s]+>/.exec(headers.text('original-message-id') ?? '')?.[0] ?? null,
      originalTo: null,
    },
  ];
}

export function readFeedback(bytes: Buffer, returned: Returned = NOTHING_RETURNED): DeliveryReport[] {
  const { headers } = fieldsOf(bytes, 0);
  return [
    {
      action: 'complaint',
      recipient: normalizeAddress(headers.text('original-rcpt-to') ?? '') || null,
      status: null,
      diagnostic: headers.text('feedback-type')?.slice(0, 100) ?? null,
      originalMessageId: returned.messageId,
      originalTo: returned.to,
    },
  ];
}

const DAEMON = /^(mailer-daemon|mail-daemon|postmaster|mdaemon|mailerdaemon)@/i;
const BOUNCE_SUBJECT =
  /undeliver|delivery (status notification|failure|has failed)|failure notice|returned mail|mail delivery (failed|system)|could not be delivered|unzustellbar|zustellung|non remis|échec de|no se pudo entregar|não entregue|não foi possível entregar|mancata consegna|niet bezorgd|недоставлен|не доставлено|niedostarcz|nedoručiteln|退信|无法送达|投递失败|配信(不能|エラー)|반송|전달.*실패|teslim edilemedi/i;

export const isBounceLike = (from: string | null, subject: string | null, returnPath: string | null): boolean =>
  DAEMON.test(from ?? '') || (returnPath === '<>' && BOUNCE_SUBJECT.test(subject ?? ''));

/**
 * Bounces of servers that know no reports (qmail, old Exchange, webmail): the returned mail or a quotation of its header
 * stands in the text. What it is about is named by a Message-ID; whether that is ours is decided by its signature.
 */
export function readPlainBounce(text: string): DeliveryReport[] {
  const id = /^[> \t]*message-id:[ \t]*(<[^<>\s]{3,400}>)/im.exec(text)?.[1] ?? null;
  if (!id) return [];
  const delayed = /(will (be retried|keep trying|retry)|delayed \d|not yet been delivered|wird weiter versucht)/i.test(text);
  const recipient = /<([^<>\s@]{1,64}@[^<>\s]{3,255})>:?/.exec(text.replace(id, ''))?.[1] ?? null;
  const diagnostic = /^.*\b[45]\d\d[ -].*$/m.exec(text)?.[0]?.trim() ?? null;
  const status = /\b[45]\.\d{1,3}\.\d{1,3}\b/.exec(text)?.[0] ?? null;
  return [
    {
      action: delayed || status?.startsWith('4') ? 'delayed' : 'failed',
      recipient: recipient ? normalizeAddress(recipient) || null : null,
      status,
      diagnostic: diagnostic?.slice(0, 500).toWellFormed() ?? null,
      originalMessageId: id,
      originalTo: normalizeAddress(/^[> \t]*to:.{0,200}?([^\s<>"',;:]{1,64}@[^\s<>"',;]{1,255})/im.exec(text)?.[1] ?? '') || null,
    },
  ];
}

/** What a returned mail or header says of itself. */
export function readReturned(bytes: Buffer): Returned {
  const { headers } = fieldsOf(bytes, 0);
  const [to] = readMailboxes(headers.raw('to'));
  return {
    messageId: /<[^<>\s]{3,400}>/.exec(decodeHeader(headers.raw('message-id') ?? ''))?.[0] ?? null,
    to: to?.address || null,
  };
}

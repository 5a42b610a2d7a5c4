import type { AccountFacts, ChannelEvent, ContactFacts, DraftPart, RawItemContent } from '@parley/connector';
import { type DeliveryError, orderSchema } from '@parley/model';
import { type DeliveryReport, type Mailbox, type ParsedEmail, parseEmailInWorker, sameAddress, withoutBody } from './parse';
import { largeMailSchema } from './receive/large-mail';
import type { EmailSettings } from './settings';
import { type EmailAddress, type OwnMark, orderNumbers, readMark, referencesAfter, threadOf } from './thread';

type Account = AccountFacts<EmailSettings>;

const ATTRIBUTE_TEXT_MAX = 60_000;

export async function normalizeEmail(content: RawItemContent, account: Account): Promise<readonly ChannelEvent[]> {
  if ('bytes' in content) return eventsOf(await parseEmailInWorker(content.bytes), account);
  const { header, sizeBytes, reason } = largeMailSchema.parse(content.json);
  const { files: _none, ...mail } = withoutBody(Buffer.from(header, 'base64'), reason);
  const size = `${Math.ceil(sizeBytes / 1_048_576)} MB`;
  const why = reason === 'too-large' ? `is too large to be fetched (${size})` : 'could not be fetched';
  const summary = `This mail ${why}; it is still in the mailbox.`;
  return eventsOf({ ...mail, files: [], sizeBytes, unsupported: [{ summary, rawType: 'message/rfc822' }] }, account);
}

export function eventsOf(mail: ParsedEmail, account: Account): readonly ChannelEvent[] {
  const { address } = account.settings;
  const own = readMark(account.signingKey, mail.ownMark) ?? readMark(account.signingKey, mail.messageId);
  // A copy of our own mail: in the folder of sent mail, or brought back by a loop. It proves that the server took it.
  if (own) return [{ kind: 'receipt', externalId: mail.messageId, messageId: own.messageId, state: 'sent', at: timeOf(mail) }];

  const receipts = receiptsOf(mail, account);
  const told = receipts.length > 0 && receipts.every((receipt) => receipt.kind === 'receipt' && receipt.state !== 'failed');
  if (told && (mail.class === 'read-receipt' || mail.reports.every((report) => report.action === 'delivered'))) return receipts;
  const fromShop = sameAddress(mail.from?.address ?? '', address);
  const outside = fromShop && mail.to.some((to) => to.address && !sameAddress(to.address, address));
  return [...receipts, outside ? outboundMessage(mail, account) : inboundMessage(mail, account, fromShop)];
}

/** The same mail always has the same id; two mails that share a Message-ID have two. */
export const externalIdOf = (mail: Pick<ParsedEmail, 'messageId' | 'contentHash'>): string =>
  `${mail.messageId ?? ''}#${mail.contentHash.slice(0, 16)}`;

const timeOf = (mail: ParsedEmail): Date => new Date(mail.date ?? mail.receivedAt ?? 0);

// ---------------------------------------------------------------- messages

function inboundMessage(mail: ParsedEmail, account: Account, fromShop: boolean): ChannelEvent {
  const bounced = provenReport(mail, account);
  const party = bounced ? { address: bounced.to, name: null } : partyOf(mail, account);
  const address = party.address || mail.from?.address || 'unknown@unknown.invalid';
  const externalId = externalIdOf(mail);
  const threading = threadOf(mail, address, externalId, account);
  const conversationId = bounced?.mark.conversationId ?? threading.thread.conversationId;
  const replyTo: EmailAddress = {
    to: bounced ? address : (mail.replyTo[0]?.address ?? address),
    name: party.name,
    subject: bounced ? '' : mail.subject,
    messageId: bounced ? bounced.report.originalMessageId : mail.messageId,
    references: bounced ? [] : referencesAfter(mail.references, null),
  };
  const system = bounced !== null || mail.class === 'bounce' || mail.class === 'delayed' || mail.class === 'complaint';
  return {
    kind: 'message',
    externalId,
    thread: {
      ...threading.thread,
      ...(conversationId ? { conversationId } : {}),
      address: { ...replyTo },
      subject: bounced ? null : mail.subject || null,
    },
    author: system
      ? { kind: 'system', id: mail.from?.address || 'mail-system', name: mail.from?.name ?? null }
      : { kind: 'buyer', id: address, name: party.name },
    contact: contactOf(address, party.name, mail, account),
    parts: partsOf(mail),
    sentAt: timeOf(mail),
    languageHint: mail.language,
    replyToExternalId: mail.inReplyTo[0] ?? null,
    orders: ordersOf(mail),
    automatic: mail.class !== 'human' || fromShop || mail.invitations.some(({ method }) => method === 'REPLY'),
    attributes: attributesOf(mail, account, {
      threadedBy: threading.by,
      ...(threading.fromElsewhere ? { fromElsewhere: true } : {}),
    }),
  };
}

/** Written by the shop in another mail program: found in the folder of sent mail. */
function outboundMessage(mail: ParsedEmail, account: Account): ChannelEvent {
  const { address: own } = account.settings;
  const to = mail.to.find((each) => each.address && !sameAddress(each.address, own)) ?? { address: own, name: null };
  const externalId = externalIdOf(mail);
  const threading = threadOf(mail, to.address, externalId, account);
  const replyTo: EmailAddress = {
    to: to.address,
    name: to.name,
    subject: mail.subject,
    messageId: mail.messageId,
    references: referencesAfter(mail.references, null),
  };
  return {
    kind: 'message',
    externalId,
    direction: 'outbound',
    thread: { ...threading.thread, address: { ...replyTo }, subject: mail.subject || null },
    author: { kind: 'agent', id: own, name: mail.from?.name ?? null },
    contact: contactOf(to.address, to.name, null, account),
    parts: partsOf(mail),
    sentAt: timeOf(mail),
    languageHint: mail.language,
    replyToExternalId: mail.inReplyTo[0] ?? null,
    orders: ordersOf(mail),
    automatic: mail.class === 'auto-reply' || mail.class === 'auto-generated',
    attributes: attributesOf(mail, account, { threadedBy: threading.by }),
  };
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase();

const MACHINE = /^(no-?reply|do-?not-?reply|mailer|notifications?|form|contact|wordpress|www-data|bounces?)([+._-]|@)/i;

/** Who writes. A form of the shop's own site sends from a machine's address and names the buyer in Reply-To. */
function partyOf(mail: ParsedEmail, account: Account): Mailbox {
  const from = mail.from ?? mail.sender ?? { address: '', name: null };
  const [replyTo] = mail.replyTo;
  if (!replyTo || sameAddress(replyTo.address, from.address) || sameAddress(replyTo.address, account.settings.address))
    return from;
  const ours = domainOf(from.address) === domainOf(account.settings.address);
  return !from.address || ours || MACHINE.test(from.address)
    ? { address: replyTo.address, name: replyTo.name ?? from.name }
    : from;
}

function contactOf(address: string, name: string | null, mail: ParsedEmail | null, account: Account): ContactFacts {
  return {
    address: address.toLowerCase(),
    name,
    verified: mail !== null && trustedAuthentication(mail, account)?.dmarc === 'pass',
  };
}

function partsOf(mail: ParsedEmail): DraftPart[] {
  const parts: DraftPart[] = [];
  if (mail.visible.trim()) parts.push({ kind: 'text', text: mail.visible });
  for (const each of mail.invitations) {
    const state = each.method === 'REQUEST' || each.method === 'PUBLISH' ? null : each.method.toLowerCase();
    const text = [[each.start, each.end].filter(Boolean).join(' – '), each.location, each.organizer, state]
      .filter(Boolean)
      .join('\n');
    parts.push({ kind: 'card', title: each.summary || mail.subject || 'Invitation', text: text || null, url: null, image: null });
  }
  for (const { name, mime, bytes, caption, folded } of mail.files)
    if (!folded) parts.push({ kind: 'media', mime, name, caption, sizeBytes: bytes.length, content: { bytes } });
  for (const { summary, rawType } of mail.unsupported) parts.push({ kind: 'unsupported', summary, rawType });
  if (parts.some((part) => part.kind !== 'unsupported') || (parts.length > 0 && !mail.subject)) return parts;
  // Nothing but a subject is still something said.
  if (mail.subject.trim()) return [{ kind: 'text', text: mail.subject.trim() }, ...parts];
  return [{ kind: 'unsupported', summary: 'An empty mail.', rawType: 'message/rfc822' }];
}

const ordersOf = (mail: ParsedEmail) =>
  orderNumbers(mail.subject, mail.visible).map((number) => orderSchema.parse({ id: number, number }));

// ---------------------------------------------------------------- facts beside the text

/** Servers that remove results written by others in their name, by the host the mailbox is read from. */
const AUTHENTICATING: Readonly<Record<string, string>> = {
  'imap.gmail.com': 'mx.google.com',
  'imap.googlemail.com': 'mx.google.com',
};

/** Only what the receiving server wrote is believed: all below may be the sender's own words. */
function trustedAuthentication(mail: ParsedEmail, account: Account) {
  const known = AUTHENTICATING[account.settings.imap.host.toLowerCase()];
  return known
    ? mail.authentication.find((result) => result.server === known)
    : mail.authentication.find((result) => result.topmost);
}

function attributesOf(mail: ParsedEmail, account: Account, more: Record<string, unknown>): Record<string, unknown> {
  const authentication = trustedAuthentication(mail, account);
  const failed = authentication ? authentication.dmarc === 'fail' : false;
  const folded = mail.files.filter((file) => file.folded).map((file) => file.name);
  const withoutEmpty = Object.entries({
    subject: mail.subject,
    class: mail.class,
    classReasons: mail.classReasons.length ? mail.classReasons : null,
    messageId: mail.messageId,
    from: mail.from,
    to: mail.to.length ? mail.to.slice(0, 50) : null,
    cc: mail.cc.length ? mail.cc.slice(0, 50) : null,
    // The whole text, when some of it is folded away.
    text: mail.text !== mail.visible ? mail.text.slice(0, ATTRIBUTE_TEXT_MAX).toWellFormed() : null,
    signature: mail.signature || null,
    html: mail.html && mail.html.length <= ATTRIBUTE_TEXT_MAX ? mail.html : null,
    forwarded: mail.forwarded || null,
    authentication: authentication
      ? { spf: authentication.spf, dkim: authentication.dkim, dmarc: authentication.dmarc, server: authentication.server }
      : null,
    senderFailed: failed || null,
    replyToElsewhere: mail.replyTo.some((each) => domainOf(each.address) !== domainOf(mail.from?.address ?? '')) || null,
    reports: mail.reports.length ? mail.reports : null,
    defects: mail.defects.length ? mail.defects : null,
    foldedFiles: folded.length ? folded : null,
    sizeBytes: mail.sizeBytes,
    ...more,
  }).filter(([, value]) => value !== null && value !== undefined);
  return { email: Object.fromEntries(withoutEmpty) };
}

// ---------------------------------------------------------------- receipts

/**
 * A report counts when it names a mail that we signed and the recipient it was signed for: whoever got a mail of ours
 * knows its Message-ID, and may make up a report to see where the next one goes.
 */
function proof(report: DeliveryReport, account: Account): { mark: OwnMark; to: string | null } | null {
  const mark = readMark(account.signingKey, report.originalMessageId);
  if (!mark) return null;
  const named = [report.recipient, report.originalTo].filter((address) => address !== null);
  const to = named.find((address) => mark.isTo(address)) ?? null;
  return to !== null || named.length === 0 ? { mark, to } : null;
}

function provenReport(mail: ParsedEmail, account: Account): { report: DeliveryReport; mark: OwnMark; to: string } | null {
  for (const report of mail.reports) {
    const proven = proof(report, account);
    if (proven?.to) return { report, mark: proven.mark, to: proven.to };
  }
  return null;
}

/** What servers and readers report about mail of ours. */
function receiptsOf(mail: ParsedEmail, account: Account): ChannelEvent[] {
  return mail.reports.flatMap((report): ChannelEvent[] => {
    const proven = proof(report, account);
    return proven ? receiptOf(report, proven.mark, timeOf(mail)) : [];
  });
}

function receiptOf(report: DeliveryReport, mark: OwnMark, at: Date): ChannelEvent[] {
  const receipt = { kind: 'receipt', externalId: report.originalMessageId, messageId: mark.messageId, at } as const;
  switch (report.action) {
    case 'failed':
      return [{ ...receipt, state: 'failed', error: bounceError(report) }];
    case 'delivered':
      return [{ ...receipt, state: 'delivered' }];
    case 'read':
      return [{ ...receipt, state: 'read' }];
    case 'relayed':
    case 'expanded':
    case 'delayed':
    case 'complaint':
      return [];
  }
}

function bounceError({ status, diagnostic, recipient }: DeliveryReport): DeliveryError {
  const code = /^5\.1\./.test(status ?? '')
    ? 'address-unknown'
    : /^5\.2\.2/.test(status ?? '')
      ? 'mailbox-full'
      : /^5\.7\./.test(status ?? '')
        ? 'refused-by-policy'
        : 'bounced';
  const reason = [status, diagnostic].filter(Boolean).join(' ') || 'The mail came back.';
  return {
    code,
    message: `${recipient ?? 'The recipient'}: ${reason}`.slice(0, 400).toWellFormed(),
    retryable: code === 'mailbox-full',
  };
}

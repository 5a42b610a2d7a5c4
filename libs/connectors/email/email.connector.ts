import { type AccountFacts, defineConnector, type NewThread } from '@parley/connector';
import { checkEmail } from './check';
import { normalizeEmail } from './normalize';
import { mailboxStream } from './receive/mailbox-stream';
import type { MailRequest } from './send/mail-request';
import { FILES_BYTES_MAX, renderEmail, TEXT_LENGTH_MAX, validAddress } from './send/render';
import { reconcileEmail, sendEmail } from './send/send';
import { type EmailSettings, emailSettings } from './settings';
import type { EmailAddress } from './thread';

/** E-mail: IMAP in, SMTP out. */
export const email = defineConnector<EmailSettings, MailRequest>({
  channel: 'email',
  title: 'E-mail',
  capabilities: {
    text: { maxLength: TEXT_LENGTH_MAX, unit: 'utf16', split: false },
    media: [{ mime: '*/*', maxBytes: FILES_BYTES_MAX, captionMaxLength: TEXT_LENGTH_MAX }],
    mediaPerMessage: 20,
    choiceOptionsMax: 0,
    choiceTitleMaxLength: 200,
    templates: false,
    location: true,
    contact: true,
    replyTo: true,
    reactions: false,
    edits: false,
    recalls: false,
    typing: false,
    markRead: false,
    startConversation: true,
    // `sent`: the mail server has it. The others come only from servers and readers that report.
    receipts: ['sent', 'delivered', 'read', 'failed'],
    // The same Message-ID and bytes: many receivers show a repeat once, but not all do.
    idempotentSend: false,
    // What large providers allow is around thirty a minute.
    rate: { perSecond: 0.5, burst: 30 },
    replyWindow: null,
  },
  settings: emailSettings,
  hosts: ({ imap, smtp }) => [imap.host, smtp.host],
  receive: [mailboxStream],
  normalize: normalizeEmail,
  render: renderEmail,
  send: sendEmail,
  check: checkEmail,
  reconcile: reconcileEmail,
  addressFor,
});

/** Mails the shop writes first to the same person are one thread; the buyer's answer finds it by its Message-ID. */
function addressFor(
  to: { readonly address: string; readonly name?: string | null },
  _account: AccountFacts<EmailSettings>,
): NewThread {
  const address = validAddress(to.address);
  const reply: EmailAddress = { to: address, name: to.name ?? null, subject: '', messageId: null, references: [] };
  return {
    thread: { key: `to:${address.toLowerCase()}`, address: { ...reply }, subject: null },
    contactAddress: address.toLowerCase(),
  };
}

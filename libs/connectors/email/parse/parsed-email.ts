import type { MailClass } from './automatic';
import type { Invitation } from './calendar';
import type { Mailbox } from './mailboxes';
import type { DeliveryReport } from './report';

export interface EmailFile {
  readonly name: string;
  readonly mime: string;
  readonly bytes: Uint8Array;
  readonly contentId: string | null;
  /** Referenced by the HTML: a picture in the text. */
  readonly inline: boolean;
  /** Only in the quoted part or the signature: a logo, or a picture of an earlier mail. */
  readonly folded: boolean;
  /** What a nested mail says of itself: sender and subject. */
  readonly caption: string | null;
}

/** What a mail server said about the sender; claims of others are left out (RFC 8601). */
export interface AuthenticationResult {
  readonly server: string;
  readonly spf: string | null;
  readonly dkim: string | null;
  readonly dmarc: string | null;
  /** Nothing stands above it: only the server that received the mail can have written it. */
  readonly topmost: boolean;
}

/** A mail as it is understood. Plain data: it crosses from the worker as it is. */
export interface ParsedEmail {
  readonly subject: string;
  readonly from: Mailbox | null;
  readonly sender: Mailbox | null;
  readonly replyTo: readonly Mailbox[];
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  /** Every address this mail was brought to, envelope and header: where our own signed address may stand. */
  readonly recipients: readonly string[];
  /** RFC 3339; null when there is none or it cannot be. */
  readonly date: string | null;
  /** When the last server took it, by its `Received` line. */
  readonly receivedAt: string | null;
  /** With brackets; null where there is none. */
  readonly messageId: string | null;
  readonly inReplyTo: readonly string[];
  /** Oldest first. */
  readonly references: readonly string[];
  /** All text, quotes included. */
  readonly text: string;
  /** What the writer wrote now: no quotes, no signature. */
  readonly visible: string;
  /** No quotes, the signature kept. */
  readonly unquoted: string;
  readonly signature: string;
  readonly forwarded: boolean;
  /** Cleaned, for a frame without scripts; null when there is none or it is too large. */
  readonly html: string | null;
  readonly files: readonly EmailFile[];
  readonly invitations: readonly Invitation[];
  /** What could not be read, each said to a person. */
  readonly unsupported: readonly { readonly summary: string; readonly rawType: string }[];
  readonly reports: readonly DeliveryReport[];
  readonly class: MailClass;
  readonly classReasons: readonly string[];
  readonly authentication: readonly AuthenticationResult[];
  /** Content-Language or Accept-Language, where the mailer wrote one. */
  readonly language: string | null;
  /** Our own mark, where this mail left through Parley (see `thread/own-mark`). */
  readonly ownMark: string | null;
  /** Short names of what is wrong with it: `unterminated`, `charset-guessed`, `several-from`, … */
  readonly defects: readonly string[];
  /** Tells this mail from every other, whatever way and folder it came by. */
  readonly contentHash: string;
  readonly sizeBytes: number;
}

import type { DeliveryError, OrderRef, Part, ReceiptState, ReplyAddress, ReplyWindow } from '@parley/model';
import type { AxiosInstance } from 'axios';
import type { z } from 'zod';
import type { Capabilities } from './capabilities';

/**
 * A connector teaches Parley one channel. It does I/O in `receive` and `send`; it knows the channel in `normalize` and
 * `render`, which touch nothing outside their arguments. What the channel can do is data (`capabilities`).
 *
 * The core does the rest: routing, the raw body, appending, cursors, leases for pollers, retry with backoff, rate
 * budgets, media re-hosting, encryption of settings, metrics, shutdown.
 */
export interface Connector<Settings = any, Request = any> {
  /** Lower-case name used in the API, e.g. `whatsapp`. */
  readonly channel: string;
  readonly title: string;
  readonly capabilities: Capabilities;
  /** Validates settings; fields made with `secret()` are never shown again. */
  readonly settings: z.ZodType<Settings>;
  /** Hosts of these settings the core checks against private addresses before an account is made, as `host` or URL. */
  hosts?(settings: Settings): readonly string[];
  /** When one callback serves several accounts of a merchant: what an item's `routeKey` is compared with. */
  routeKey?(settings: Settings): string;
  readonly receive: readonly Receiver<Settings>[];
  /**
   * What one raw item says. Pure (a parser that may run long does so in a worker and is awaited); never throws for content
   * it does not know: that becomes an `unsupported` part. A throw parks the item with its bytes.
   */
  normalize(item: RawItemContent, account: AccountFacts<Settings>): readonly ChannelEvent[] | Promise<readonly ChannelEvent[]>;
  /**
   * The requests that bring a message to the buyer, in order; each is plain JSON, written down before it is sent.
   * @throws ChannelError `rejected` when the message cannot be said on this channel at all.
   */
  render(message: OutboundDraft, account: AccountFacts<Settings>): Rendering<Request>;
  /**
   * Sends one request. Resolves only with the channel's own id.
   * @throws ChannelError; `uncertain` when the request may have been taken though no answer came.
   */
  send(request: Request, context: SendContext<Settings>): Promise<SendResult>;

  /** Looks whether the account works: login, token, permissions. Called by a person's click and when an account is made. */
  check?(context: ChannelContext<Settings>): Promise<AccountCheck>;
  /** Fetches media named by a part's `content.ref`. */
  downloadMedia?(ref: unknown, context: ChannelContext<Settings>): Promise<DownloadedMedia>;
  /** After an uncertain send: did it arrive? Called after a pause, reads only. */
  reconcile?(request: Request, context: SendContext<Settings>): Promise<{ found: SendResult } | 'absent' | 'unknown'>;
  /** Tells the channel that the shop has read up to this message. */
  markRead?(externalId: string, address: ReplyAddress, context: ChannelContext<Settings>): Promise<void>;
  /** Puts a reaction on a message of the buyer; null takes it back. */
  react?(externalId: string, emoji: string | null, address: ReplyAddress, context: ChannelContext<Settings>): Promise<void>;
  /** The reply address of a person never spoken to, for starting a conversation. @throws ChannelError `rejected` for an address the channel cannot have. */
  addressFor?(to: { readonly address: string; readonly name?: string | null }, account: AccountFacts<Settings>): NewThread;
}

// ---------------------------------------------------------------- receiving

export type Receiver<Settings> = WebhookReceiver<Settings> | PollReceiver<Settings> | StreamReceiver<Settings>;

export interface WebhookRequest {
  readonly method: 'GET' | 'POST';
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes as received: signatures are over these. */
  readonly rawBody: Buffer;
  readonly remoteAddress: string;
}

export interface WebhookReceiver<Settings> {
  readonly kind: 'webhook';
  /** Answers the channel's set-up handshake (GET). @throws WebhookRejection */
  handshake?(request: WebhookRequest, account: AccountFacts<Settings>): WebhookAnswer;
  /**
   * Checks the signature first, then splits the body. Does no I/O: it must be fast.
   * @throws WebhookRejection 401 when forged, 400 with a pointer when malformed. A signed batch is never refused for one
   * item: what cannot be read in it is returned as an item all the same, and is parked later.
   */
  accept(request: WebhookRequest, account: AccountFacts<Settings>): WebhookAcceptance;
  /** Reads what a notice points to, with the account's credentials. May be called again for the same notice. */
  read?(notice: Notice, context: ChannelContext<Settings>): Promise<readonly RawItem[]>;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly contentType?: string;
  readonly body?: string;
}

export interface WebhookAcceptance {
  readonly items: readonly RawItem[];
  readonly notices?: readonly Notice[];
  /** What the channel expects to hear once the log has it; default: 200 with an empty body. */
  readonly answer?: WebhookAnswer;
}

/** One thing the channel said: a message, a receipt, an edit. */
export interface RawItem {
  /** The same item always has the same key, and another item another. */
  readonly dedupeKey: string;
  /** Items with the same key keep their order; default: all items of the account. */
  readonly orderKey?: string;
  /** Belongs to another account of the merchant on the same callback: see `Connector.routeKey`. */
  readonly routeKey?: string;
  readonly content: RawItemContent;
}
export type RawItemContent = { readonly json: unknown } | { readonly bytes: Uint8Array };

/** "Something changed there": to be read by `WebhookReceiver.read`. */
export interface Notice {
  readonly dedupeKey: string;
  /** Belongs to another account of the merchant on the same callback: see `Connector.routeKey`. */
  readonly routeKey?: string;
  /** Plain JSON. */
  readonly data: unknown;
}

export interface PollReceiver<Settings> {
  readonly kind: 'poll';
  readonly name: string;
  readonly intervalMs: number;
  /** One round. Called by one process at a time for an account. Appends with `context.append`, then moves the cursor. */
  poll(context: CursorContext<Settings>): Promise<void>;
}

export interface StreamReceiver<Settings> {
  readonly kind: 'stream';
  readonly name: string;
  /** Stays until `context.signal` is aborted; a throw is retried with backoff. One process at a time for an account. */
  run(context: CursorContext<Settings>): Promise<void>;
}

export interface CursorContext<Settings> extends ChannelContext<Settings> {
  /** Resolves when the log has the items. Only then may the cursor move. */
  append(items: readonly RawItem[]): Promise<void>;
  /** As if a webhook had brought them: read later by the webhook receiver's `read`. */
  appendNotices(notices: readonly Notice[]): Promise<void>;
  /** Last saved cursor, or null at the very first run. */
  loadCursor(): Promise<unknown>;
  /** @throws when another process holds the lease by now: stop at once. */
  saveCursor(cursor: unknown): Promise<void>;
  /** The stream is connected and caught up (`healthy`), or not. Shown as the account's health. */
  reportHealth(state: 'healthy' | 'degraded' | 'unauthorized', reason?: string): void;
}

// ---------------------------------------------------------------- the account

/** What a connector may know of the account. Settings are decrypted: never log them. */
export interface AccountFacts<Settings> {
  readonly id: string;
  readonly merchantId: string;
  readonly name: string;
  readonly settings: Settings;
  /** BCP 47 language the shop reads. */
  readonly merchantLanguage: string;
  /** Secret derived for this account, for signing reply addresses and the like; stable over restarts. */
  readonly signingKey: Uint8Array;
}

export interface ChannelContext<Settings> {
  readonly account: AccountFacts<Settings>;
  /** Has a timeout, a size limit, and refuses private addresses unless the operator allows them. */
  readonly http: AxiosInstance;
  /** Resolves a host name for other protocols (IMAP, SMTP) under the same rule. @throws ChannelError `rejected` */
  resolveHost(host: string): Promise<string>;
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
  readonly log: ChannelLog;
  now(): number;
}

/** Credentials that change at run time (rotating tokens). Encrypted at rest, shared by all processes. */
export interface Credentials {
  /** What was stored last; null before the first renewal (use the settings then). */
  current(): Promise<Record<string, unknown> | null>;
  /**
   * Renews under a lock per account: when another process renewed since `stale` was read, that result is returned and
   * `renew` is not called. The new value is stored before this resolves.
   */
  renew(
    stale: Record<string, unknown> | null,
    renew: (current: Record<string, unknown> | null) => Promise<Record<string, unknown>>,
  ): Promise<Record<string, unknown>>;
}

/** Fields are ids, codes and counts; never text of a customer, never a secret. */
export interface ChannelLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
}

export interface AccountCheck {
  readonly ok: boolean;
  /** What a person should know or do. */
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

// ---------------------------------------------------------------- what an item says

/** A part as a connector makes it: media names where its bytes are, the core re-hosts them and fills in the URL. */
export type DraftPart = Exclude<Part, { kind: 'media' }> | DraftMedia;
export interface DraftMedia {
  readonly kind: 'media';
  readonly mime: string;
  readonly name?: string | null;
  readonly sizeBytes?: number | null;
  readonly caption?: string | null;
  readonly durationMs?: number;
  readonly width?: number;
  readonly height?: number;
  /** The bytes, or what `downloadMedia` needs to fetch them (plain JSON; `key` names the file for ever). */
  readonly content: { readonly bytes: Uint8Array } | { readonly key: string; readonly ref: unknown };
}

/** Which conversation, in the channel's terms. */
export interface ThreadRef {
  /** Names the thread within the account for ever. */
  readonly key: string;
  /** Ours, when the channel brought back a token we signed. Wins over everything. */
  readonly conversationId?: string;
  /**
   * Other names of the thread, strongest first (Message-IDs, an order number with its buyer). The first one known
   * decides; all are remembered for later items. Only for channels without a thread id of their own.
   */
  readonly aliases?: readonly string[];
  /** How to answer. Plain JSON, opaque outside the connector. */
  readonly address: ReplyAddress;
  readonly subject?: string | null;
}

/** A thread the shop opens. */
export interface NewThread {
  readonly thread: ThreadRef;
  /** The channel's own id of the person, as inbound messages of theirs will carry it (`ContactFacts.address`). */
  readonly contactAddress: string;
}

export interface ContactFacts {
  /** The channel's own id of the person. */
  readonly address: string;
  readonly name?: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string | null;
  readonly language?: string | null;
  readonly timeZone?: string | null;
  readonly verified?: boolean;
}

export interface ChannelAuthor {
  readonly kind: 'buyer' | 'agent' | 'bot' | 'system';
  readonly id: string;
  readonly name?: string | null;
}

export type ChannelEvent =
  | {
      readonly kind: 'message';
      readonly externalId: string;
      readonly thread: ThreadRef;
      /** Default `inbound`; `outbound` for what the shop sent from elsewhere. */
      readonly direction?: 'inbound' | 'outbound';
      readonly author: ChannelAuthor;
      /** The buyer of the thread, also when the shop wrote the message. */
      readonly contact: ContactFacts;
      readonly parts: readonly DraftPart[];
      readonly sentAt: Date;
      readonly languageHint?: string | null;
      readonly replyToExternalId?: string | null;
      /** Our id, where the channel echoes it back on messages that we sent ourselves: recognised and not stored twice. */
      readonly clientKey?: string | null;
      readonly orders?: readonly OrderRef[];
      /** Overrides what `capabilities.replyWindow` gives. */
      readonly replyWindow?: ReplyWindow;
      readonly automatic?: boolean;
      readonly attributes?: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'receipt';
      readonly externalId: string | null;
      /** Our message id, where the channel echoes it back. */
      readonly messageId?: string | null;
      readonly state: ReceiptState;
      readonly at: Date;
      readonly error?: DeliveryError | null;
    }
  | {
      readonly kind: 'reaction';
      readonly targetExternalId: string;
      readonly thread: ThreadRef;
      readonly author: ChannelAuthor;
      /** Null: taken back. */
      readonly emoji: string | null;
      readonly at: Date;
    }
  | {
      readonly kind: 'edit';
      readonly targetExternalId: string;
      readonly thread: ThreadRef;
      readonly parts: readonly DraftPart[];
      readonly at: Date;
    }
  | { readonly kind: 'recall'; readonly targetExternalId: string; readonly thread: ThreadRef; readonly at: Date }
  | {
      readonly kind: 'thread';
      readonly thread: ThreadRef;
      readonly orders?: readonly OrderRef[];
      readonly replyWindow?: ReplyWindow;
      readonly contact?: Partial<Pick<ContactFacts, 'name' | 'country'>>;
      readonly at: Date;
    };

// ---------------------------------------------------------------- sending

/** A message on its way out, in the buyer's language. */
export interface OutboundDraft {
  readonly messageId: string;
  readonly conversationId: string;
  /** Grows by one with each retry or release. */
  readonly attempt: number;
  readonly parts: readonly Part[];
  readonly language: string;
  /** As written by the shop, when a translation leaves. */
  readonly original: { readonly parts: readonly Part[]; readonly language: string } | null;
  readonly author: { readonly kind: string; readonly name: string | null };
  readonly address: ReplyAddress;
  readonly contact: { readonly address: string; readonly name: string | null };
  readonly subject: string | null;
  readonly replyTo: { readonly messageId: string; readonly externalId: string } | null;
  readonly replyWindow: ReplyWindow;
  readonly acceptedAt: string;
}

export interface Rendering<Request> {
  readonly requests: readonly Request[];
  /** What the buyer will not get as it was meant, in words for the agent. */
  readonly losses: readonly string[];
}

export interface SendContext<Settings> extends ChannelContext<Settings> {
  readonly messageId: string;
  /** Opens one of our media by the part's URL. @throws ChannelError `rejected` when it is gone. */
  openMedia(url: string): Promise<DownloadedMedia>;
  /** Results of this message's earlier requests, in order. */
  readonly earlier: readonly SendResult[];
}

export interface SendResult {
  /** The channel's id of what was sent. */
  readonly externalId: string;
  /** Further ids the channel may use for it in receipts. */
  readonly aliases?: readonly string[];
  /** Where the channel already knows more than "accepted". */
  readonly state?: ReceiptState;
  readonly error?: DeliveryError | null;
}

export interface DownloadedMedia {
  readonly bytes: Uint8Array;
  readonly mime: string;
  readonly name: string | null;
}

/** Gives a connector its types; the value is returned as it is. */
export const defineConnector = <Settings, Request>(connector: Connector<Settings, Request>): Connector<Settings, Request> =>
  connector;

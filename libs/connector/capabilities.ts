/** What a channel can do, as data the core reads before it calls, and the API publishes. */
export interface Capabilities {
  readonly text: {
    readonly maxLength: number;
    /** How the channel counts: UTF-16 units, code points or UTF-8 bytes. */
    readonly unit: 'utf16' | 'codepoints' | 'bytes';
    /** A longer text is sent as several messages; otherwise it is refused. */
    readonly split: boolean;
  };
  /** Empty: no files can be sent. First match wins; `mime` may end in `/*`. */
  readonly media: readonly { readonly mime: string; readonly maxBytes: number; readonly captionMaxLength: number }[];
  readonly mediaPerMessage: number;
  /** 0: choices are sent as numbered text. */
  readonly choiceOptionsMax: number;
  readonly choiceTitleMaxLength: number;
  readonly templates: boolean;
  readonly location: boolean;
  readonly contact: boolean;
  readonly replyTo: boolean;
  readonly reactions: boolean;
  readonly edits: boolean;
  readonly recalls: boolean;
  readonly typing: boolean;
  readonly markRead: boolean;
  /** The shop may write first. */
  readonly startConversation: boolean;
  /** Which receipts the channel sends back. */
  readonly receipts: readonly ('sent' | 'delivered' | 'read' | 'failed')[];
  /** Sending the same request twice reaches the buyer once. Only then is an uncertain send repeated. */
  readonly idempotentSend: boolean;
  /** Sends per account; the core keeps to it. */
  readonly rate: { readonly perSecond: number; readonly burst: number };
  /** Null: one may always answer. */
  readonly replyWindow: { readonly hours: number; readonly then: 'template' | 'closed' | 'free' } | null;
}

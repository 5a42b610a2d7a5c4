import type { Fault, RawItem, WebhookRequest } from '@parley/connector';

/**
 * What the kit has to know of a channel to try its connector: how messages come in, and how the provider behaves. A
 * connector's spec makes one of these and calls `describeConnector(connector, driver)`.
 */
export interface ConnectorDriver {
  /** Settings as a person would enter them, with every URL pointing at the fake provider. */
  settings(providerUrl: string): Record<string, unknown>;
  readonly inbound: WebhookInbound | ItemsInbound;
  readonly outbound: Outbound;
  /** Names of settings that look like secrets but are none. */
  readonly notSecret?: readonly string[];
}

/** A buyer's message, for the driver to put into the channel's words. */
export interface SampleMessage {
  /** Unique; the channel's own id is made from it, and the same again for a repeat. */
  readonly id: string;
  /** `1` or `2`: two buyers, each in a conversation of their own. */
  readonly from: string;
  readonly text: string;
  /** Milliseconds since 1970, whole seconds. */
  readonly at: number;
}

// ---------------------------------------------------------------- what comes in

export interface WebhookInbound {
  readonly kind: 'webhook';
  /**
   * Valid, signed requests that bring these messages in this order: one batch where the channel has batches. Where pushes
   * are notices, the driver keeps the messages, for `Outbound.provider` to hand out when they are read.
   */
  requests(messages: readonly SampleMessage[], signingKey: Uint8Array): readonly WebhookRequest[];
  /** These bytes, signed as the channel would. */
  sign(body: Buffer, signingKey: Uint8Array): WebhookRequest;
  /** The header the signature or token stands in; null where the channel signs nothing. */
  readonly signature: { readonly header: string; readonly overBody: boolean } | null;
  /** Signed JSON that is not what the channel sends. Default: a number, a list, an object without the expected fields. */
  readonly malformed?: readonly unknown[];
  /** A signed request with one message of a kind that does not exist yet. */
  unknownKind?(message: SampleMessage, signingKey: Uint8Array): WebhookRequest;
  /** Two good messages with something unreadable between them, in one signed batch. */
  sickBatch?(first: SampleMessage, last: SampleMessage, signingKey: Uint8Array): WebhookRequest;
  /** The channel puts several messages in a request, up to 3 MB of them. */
  readonly batches: boolean;
}

/** For streams and pollers: the raw items as the receiver appends them. */
export interface ItemsInbound {
  readonly kind: 'items';
  items(messages: readonly SampleMessage[]): readonly RawItem[] | Promise<readonly RawItem[]>;
  /** Content nobody has seen before; it must still become a message. */
  unknownKind?(message: SampleMessage): RawItem;
}

// ---------------------------------------------------------------- what goes out

export interface Outbound {
  /**
   * The fake provider: `httpProvider(...)` for channels over HTTP, your own server for other protocols, null where
   * nothing leaves the house.
   */
  readonly provider: (() => Promise<FakeProvider>) | null;
  /** What of this request the buyer gets to see. */
  describe(request: any): SentShape;
  /** A short text of characters that the channel takes as they are. Default: one with accents and the sign for euros. */
  readonly shortText?: string;
  /** Where the channel's meaning differs from the kit's: the faults allowed for a behaviour; `sent` for success. */
  readonly faults?: Partial<Record<Misbehaviour, readonly (Fault | 'sent')[]>>;
  /** Misbehaviours the channel cannot have. */
  readonly never?: readonly Misbehaviour[];
}

/** A request in general terms, so that it can be held against the capabilities. */
export interface SentShape {
  /** Texts that each stand for themselves. */
  readonly texts: readonly string[];
  readonly media: readonly { readonly mime: string; readonly caption: string | null }[];
  /** The options of each choice. */
  readonly choices: readonly (readonly { readonly id: string; readonly title: string }[])[];
}

export interface FakeProvider {
  /** Base URL (or `host:port`) given to `settings`. */
  readonly url: string;
  behave(behaviour: Behaviour): void;
  /** How many messages it has taken for buyers. */
  sentCount(): number;
  close(): Promise<void>;
}

export type Behaviour = 'ok' | Misbehaviour;
export type Misbehaviour =
  /** Takes longer than anybody waits. */
  | 'slow'
  /** 429 with `Retry-After: 7`, or what the channel says instead. */
  | 'throttled'
  | 'server-error'
  /** Reads the whole request, then cuts the connection. */
  | 'cut'
  /** Refuses the token. */
  | 'expired-token'
  /** Says yes in words nobody understands: no id. */
  | 'garbage'
  /** Nobody listens. */
  | 'unreachable'
  /** Refuses this message for good. */
  | 'refused';

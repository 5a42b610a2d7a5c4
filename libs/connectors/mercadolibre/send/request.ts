import type { Base } from '../address';

/** A file of ours, to be uploaded just before it is sent. */
export interface FileToSend {
  readonly url: string;
  readonly mime: string;
  readonly name: string | null;
}

export interface PackRequest {
  readonly kind: 'message';
  readonly packId: string;
  readonly base: Base;
  /** Null: nobody on the buyer's side has spoken yet, as far as is known. */
  readonly to: string | null;
  readonly siteId: string;
  readonly text: string;
  readonly files: readonly FileToSend[];
  readonly acceptedAt: string;
}

/** A first contact in the channel's own words: an option of the action guide. */
export interface GuideRequest {
  readonly kind: 'guide';
  readonly packId: string;
  readonly base: Base;
  readonly option: string;
  readonly templateId: string | null;
  readonly vars: Readonly<Record<string, string>>;
}

export interface AnswerRequest {
  readonly kind: 'answer';
  readonly questionId: string;
  readonly text: string;
}

export interface ClaimRequest {
  readonly kind: 'claim';
  readonly claimId: string;
  readonly receiver: 'complainant' | 'mediator';
  readonly text: string;
  readonly acceptedAt: string;
}

export type Request = PackRequest | GuideRequest | AnswerRequest | ClaimRequest;

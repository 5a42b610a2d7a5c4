import type { Conversation, Message, Part } from '@parley/model';

export type { Conversation, Message, OrderRef, Part, Translation } from '@parley/model';

export interface Page<T> {
  readonly data: T[];
  readonly nextCursor: string | null;
}

export interface Account {
  readonly id: string;
  readonly channel: string;
  readonly name: string;
  readonly state: string;
  readonly health?: { readonly state: string; readonly reason?: string | null } | null;
}

/** What the dry run of a reply answers. */
export interface Preview {
  readonly language: string;
  readonly translation: { readonly parts: Part[]; readonly engine: string; readonly checks: Record<string, string> } | null;
  readonly status: string;
  readonly problem: { readonly code: string; readonly message: string } | null;
  readonly backTranslation: string | null;
  readonly losses: readonly string[];
  readonly policy: { readonly answer: string; readonly reason?: string | null; readonly until?: string | null };
}

export interface ReplyBody {
  readonly text?: string;
  readonly parts?: readonly Part[];
  readonly translate?: boolean;
  readonly translation?: string;
  readonly note?: boolean;
  readonly replyTo?: string;
}

export interface RealtimeEvent {
  readonly type: string;
  readonly subject: string;
  readonly data: { readonly message?: Message; readonly conversation?: Conversation; readonly conversationId?: string };
}

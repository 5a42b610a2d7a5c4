import { ChannelError, type Fault, httpFault, retryAfterOf, withoutRequest } from '@parley/connector';
import { isAxiosError } from 'axios';
import { blockIn, blockReason } from './reasons';

export const TOKEN_INVALID = 'token-invalid';
export const ATTACHMENT_UNKNOWN = 'attachment-unknown';
export const USE_MESSAGES = 'use-messages';
const CONVERSATION_BLOCKED = 'conversation-blocked';
const THROTTLE_MS = 60_000;
/** Another call holds the conversation: over in seconds. */
const LOCKED_MS = 3_000;
const WORDS_LENGTH_MAX = 4_000;

interface Meaning {
  readonly fault: Fault;
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number;
}

const means = (fault: Fault, code: string, message: string, retryAfterMs?: number): Meaning => ({
  fault,
  code,
  message,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

const PERMISSION = means(
  'unauthorized',
  'permission-missing',
  'The application lacks the permission for messages: change it, then let the seller consent again.',
);

/** Names the API gives its refusals. */
const named: Readonly<Record<string, Meaning>> = {
  pa_unauthorized_result_from_policies: PERMISSION,
  limit_exceeded: means('rejected', 'too-long', 'Mercado Libre finds the text too long.'),
  blocked_by_excepted_case: means('rejected', USE_MESSAGES, 'This conversation is open: write a normal message.'),
  blocked_conversation_send_message_forbidden: means('rejected', CONVERSATION_BLOCKED, blockReason(null)),
};

/** Refusals that say it in words. Only the test is ours: the words may repeat what the customer is told. */
const worded: readonly { readonly status: number; readonly test: RegExp; readonly meaning: Meaning }[] = [
  {
    status: 403,
    test: /mediation|mediaci[oó]n/i,
    meaning: means('rejected', CONVERSATION_BLOCKED, blockReason('blocked_by_mediation')),
  },
  {
    status: 403,
    test: /fulfil?lment/i,
    meaning: means('rejected', CONVERSATION_BLOCKED, blockReason('blocked_by_fulfillment')),
  },
  {
    status: 403,
    test: /\bcaps?(_|\b)/i,
    meaning: means('rejected', 'cap-used-up', 'No more messages of this kind may be sent for this purchase.'),
  },
  {
    status: 400,
    test: /charset|encoding|(invalid|unsupported|special)[ _]characters?|caracter/i,
    meaning: means('rejected', 'unsupported-characters', 'Mercado Libre does not take a character of this text.'),
  },
];

const byStatus: Readonly<Record<number, Meaning>> = {
  401: means('unauthorized', TOKEN_INVALID, 'Mercado Libre does not accept the token.'),
  403: means('rejected', 'forbidden', 'Mercado Libre does not allow this: is the receiver part of the purchase?'),
  404: means('rejected', 'not-found', 'Mercado Libre does not know what this is about.'),
  409: means('unavailable', 'locked', 'Another call holds the conversation.', LOCKED_MS),
  422: means('rejected', ATTACHMENT_UNKNOWN, 'Mercado Libre does not find an attachment.'),
  423: means('unavailable', 'locked', 'Another call holds the conversation.', LOCKED_MS),
  429: means('throttled', 'rate-limit', 'Mercado Libre asks to slow down.', THROTTLE_MS),
};

/** What a failed call means. Neither the request nor the words of the answer are kept: those repeat it. */
export function faultOf(error: unknown, effect: boolean): ChannelError {
  const answer = isAxiosError(error) ? error.response : undefined;
  if (!answer) return httpFault(error, { title: 'Mercado Libre', effect });
  const meaning = answer.status < 500 ? meaningOf(answer.status, answer.data) : undefined;
  if (!meaning) return httpFault(error, { title: 'Mercado Libre', effect });
  const { fault, code, message, retryAfterMs } = meaning;
  return new ChannelError(fault, message, {
    code,
    retryAfterMs: fault === 'rejected' ? undefined : (retryAfterOf(answer.headers['retry-after']) ?? retryAfterMs),
    cause: withoutRequest(error),
  });
}

/** The conversation is closed, and the answer did not say why. */
export const isBlockWithoutReason = (error: unknown): error is ChannelError =>
  error instanceof ChannelError && error.code === CONVERSATION_BLOCKED && error.message === blockReason(null);

/** The token works, the application may not. Told apart from a thing that this seller may not see. */
export function permissionFault(data: unknown): ChannelError | null {
  const isMissing = wordsOf(data).some((word) => named[word.toLowerCase()] === PERMISSION);
  return isMissing ? new ChannelError(PERMISSION.fault, PERMISSION.message, { code: PERMISSION.code }) : null;
}

function meaningOf(status: number, data: unknown): Meaning | undefined {
  const words = wordsOf(data);
  const names = words.map((word) => word.toLowerCase());
  const known = names.map((name) => named[name]).find((meaning) => meaning !== undefined);
  const block = blockIn(names.join(' '));
  if (block && known?.code !== USE_MESSAGES) return means('rejected', CONVERSATION_BLOCKED, blockReason(block));
  if (known) return known;
  const told = worded.find((one) => one.status === status && words.some((word) => one.test.test(word)));
  if (told) return told.meaning;
  // A name nobody has seen yet is worth telling; a sentence is not a name.
  const name =
    status === 400 || status === 403 ? namesOf(data).find((word) => /^[a-z]{2,20}(_[a-z]{2,20}){1,6}$/.test(word)) : undefined;
  return name ? means('rejected', name, `Mercado Libre refuses this (${name}).`) : byStatus[status];
}

/** Several shapes are in use: `{ error, message }`, `{ code, message }`, `{ cause: [{ code }] }`. */
function wordsOf(data: unknown): string[] {
  if (!isObject(data)) return [];
  const { code, error, message, cause, substatus } = data;
  const causes = (Array.isArray(cause) ? cause : [cause]).flatMap((one) =>
    isObject(one) ? [one['code'], one['message']] : [one],
  );
  return [code, error, substatus, message, ...causes].flatMap((word) =>
    typeof word === 'string' && word !== '' ? [word.slice(0, WORDS_LENGTH_MAX)] : [],
  );
}

/** The fields for names; what is told stands in others. */
const namesOf = (data: unknown): string[] =>
  isObject(data) ? [data['code'], data['error']].flatMap((name) => (typeof name === 'string' ? [name.toLowerCase()] : [])) : [];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

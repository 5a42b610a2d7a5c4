import { ChannelError, type Fault, httpFault, retryAfterOf, withoutRequest } from '@parley/connector';
import type { DeliveryError } from '@parley/model';
import { isAxiosError } from 'axios';
import { type Json, listIn, numberIn, objectIn } from './wire';

interface Meaning {
  readonly fault: Fault;
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number;
  readonly scope?: 'account' | 'recipient';
}

const MINUTE_MS = 60_000;

/** What Graph's numbers mean. The same ones come in answers and, later, in receipts. */
const meanings = new Map<number, Meaning>();
const means = (codes: readonly number[], fault: Fault, code: string, message: string, more: Partial<Meaning> = {}): void => {
  for (const one of codes) meanings.set(one, { fault, code, message, ...more });
};

means([1, 2, 131000, 131016, 131057, 133004], 'unavailable', 'channel-unavailable', 'WhatsApp has a problem of its own.');

means([4, 80007, 133016], 'throttled', 'rate-limit', 'WhatsApp asks the account to slow down.');
means([130429], 'throttled', 'rate-limit', 'WhatsApp asks the number to slow down.');
means([131056], 'throttled', 'recipient-rate-limit', 'Too many messages to this person in a short time.', {
  scope: 'recipient',
  retryAfterMs: 6_000,
});
means([131048], 'throttled', 'spam-limit', 'WhatsApp limits the number because messages were reported.', {
  retryAfterMs: 30 * MINUTE_MS,
});

means([0, 190], 'unauthorized', 'token-invalid', 'WhatsApp refuses the access token: issue a new one.');
means(
  [3, 10, 131005, ...Array.from({ length: 100 }, (_, index) => 200 + index)],
  'unauthorized',
  'permission-missing',
  'The access token lacks a permission for this.',
);
means([131031, 368], 'unauthorized', 'account-locked', 'Meta has locked the account: see the Business Manager.');
means([131037], 'unauthorized', 'display-name-missing', 'The display name of the number is not approved yet.');
means([131042], 'unauthorized', 'payment-problem', 'Meta cannot charge the account: see the payment settings.');
means([131045, 133010], 'unauthorized', 'number-not-registered', 'The phone number is not registered.');

means([131047, 470], 'rejected', 'window-closed', 'More than 24 hours have passed since the customer wrote: send a template.');
means([131049], 'rejected', 'marketing-limit', 'WhatsApp holds back marketing to this person: wait a day.');
means([131050], 'rejected', 'opted-out', 'The customer does not want marketing messages.');
means([131026], 'rejected', 'undeliverable', 'The message cannot be delivered: not on WhatsApp, an old version, or not wanted.');
means([130472], 'rejected', 'undeliverable', 'WhatsApp keeps marketing from this person as part of an experiment.');
means([130497], 'rejected', 'country-restricted', 'The account may not write to people in this country.');
means([131021], 'rejected', 'recipient-is-sender', 'The recipient is the number itself.');
means([131030], 'rejected', 'recipient-not-allowed', 'The app is in development mode and this number is not on its list.');
means([131062], 'rejected', 'recipient-unsupported', 'This kind of message needs the phone number of the person.');
means([33, 100, 131008, 131009, 135000], 'rejected', 'request-invalid', 'WhatsApp does not understand the message.');
means([131051], 'rejected', 'kind-unsupported', 'WhatsApp does not support this kind of message.');
means([131052, 131053], 'rejected', 'media-invalid', 'WhatsApp cannot use the file.');
means([132000, 132012, 132018], 'rejected', 'template-variables', 'The variables do not fit the template.');
means([132001], 'rejected', 'template-unknown', 'There is no approved template of this name in this language.');
means([132005], 'rejected', 'template-too-long', 'The template is too long with these variables.');
means([132007], 'rejected', 'template-refused', 'The template breaks a rule of WhatsApp.');
means([132015], 'rejected', 'template-paused', 'The template is paused because of its quality.');
means([132016], 'rejected', 'template-disabled', 'The template is disabled because of its quality.');
means([132068, 132069], 'rejected', 'flow-unavailable', 'The flow is blocked or slowed down.');

const meaningOf = (number: number): Meaning =>
  meanings.get(number) ?? {
    fault: 'rejected',
    code: `whatsapp-${number}`,
    message: `WhatsApp refused the message (code ${number}).`,
  };

/** What a failed call to Graph means. Decided by its code; Meta's own words may repeat the request and are left out. */
export function graphFault(error: unknown, effect: boolean): ChannelError {
  if (!isAxiosError(error) || !error.response) return httpFault(error, { title: 'WhatsApp', effect });
  const { status, data, headers } = error.response;
  const number = numberIn(objectIn(objectIn(data)?.['error']), 'code');
  // Without a code, and when a new code comes with a server error or 429, the status says more.
  if (number === undefined || (!meanings.has(number) && (status >= 500 || status === 429))) {
    const fault = httpFault(error, { title: 'WhatsApp', effect });
    const isGraphAnswer = number !== undefined;
    return isGraphAnswer && fault.fault === 'uncertain'
      ? new ChannelError('unavailable', fault.message, { code: fault.code, cause: fault.cause })
      : fault;
  }
  const { fault, code, message, scope, retryAfterMs } = meaningOf(number);
  return new ChannelError(fault, message, {
    code,
    ...(scope ? { scope } : {}),
    retryAfterMs: retryAfterOf(headers['retry-after']) ?? retryAfterMs,
    cause: withoutRequest(error),
  });
}

/** Why a message failed after it was accepted: the first error of the receipt. */
export function receiptError(status: Json): DeliveryError {
  const number = numberIn(listIn(status, 'errors')[0], 'code');
  if (number === undefined)
    return { code: 'whatsapp-failed', message: 'WhatsApp did not deliver the message.', retryable: false };
  const { fault, code, message } = meaningOf(number);
  return { code, message, retryable: fault !== 'rejected' };
}

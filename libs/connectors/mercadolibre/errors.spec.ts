import { AxiosError, AxiosHeaders } from 'axios';
import { faultOf, permissionFault } from './errors';
import { blockReason } from './reasons';

const ECHO = 'Confidencial: su lámpara azul';

function failure(status: number, data: unknown, headers: Record<string, string> = {}): AxiosError {
  const config = { headers: new AxiosHeaders({ authorization: 'Bearer token-1' }), data: JSON.stringify({ text: ECHO }) };
  return new AxiosError(ECHO, 'ERR_BAD_RESPONSE', config, null, { status, data, statusText: '', headers, config });
}

it.each([
  [400, { error: 'limit_exceeded' }, 'rejected', 'too-long'],
  [400, { error: 'blocked_by_excepted_case' }, 'rejected', 'use-messages'],
  [400, { message: `invalid_characters in: ${ECHO}` }, 'rejected', 'unsupported-characters'],
  [400, { error: 'missing_field', message: ECHO }, 'rejected', 'missing_field'],
  [400, { error: ECHO, message: ECHO, cause: [{ code: ECHO, message: ECHO }, ECHO, null] }, 'rejected', 'http-400'],
  [401, { error: 'unauthorized' }, 'unauthorized', 'token-invalid'],
  [403, { code: 'PA_UNAUTHORIZED_RESULT_FROM_POLICIES' }, 'unauthorized', 'permission-missing'],
  [403, { cause: [{ code: 'PA_UNAUTHORIZED_RESULT_FROM_POLICIES' }] }, 'unauthorized', 'permission-missing'],
  [403, { code: 'blocked_conversation_send_message_forbidden' }, 'rejected', 'conversation-blocked'],
  [403, { error: 'blocked_by_conversation_started_by_seller' }, 'rejected', 'conversation-blocked'],
  [403, { message: 'There is a mediation open for this order' }, 'rejected', 'conversation-blocked'],
  [403, { message: 'Fulfillment order is not delivered' }, 'rejected', 'conversation-blocked'],
  [403, { error: 'cap_unavailable' }, 'rejected', 'cap-used-up'],
  [403, { error: 'forbidden', message: ECHO }, 'rejected', 'forbidden'],
  [404, {}, 'rejected', 'not-found'],
  [409, {}, 'unavailable', 'locked'],
  [422, {}, 'rejected', 'attachment-unknown'],
  [423, {}, 'unavailable', 'locked'],
  [429, {}, 'throttled', 'rate-limit'],
  [500, { error: 'file_save_error', message: ECHO }, 'unavailable', 'http-500'],
  [503, '<html></html>', 'unavailable', 'http-503'],
  [504, '<html></html>', 'uncertain', 'http-504'],
])('%d with %j decides what happens next: %s (%s)', (status, body, fault, code) => {
  const error = faultOf(failure(status, body), true);
  expect(error).toMatchObject({ fault, code });
  expect(`${error.message} ${error.stack} ${(error.cause as Error).stack}`).not.toContain(ECHO);
  expect(`${error.message} ${(error.cause as Error).stack}`).not.toContain('token-1');
});

it.each([
  [429, { 'retry-after': '7' }, 7_000],
  [429, {}, 60_000],
  [409, {}, 3_000],
  [404, { 'retry-after': '7' }, undefined],
])('%d with %j waits', (status, headers, retryAfterMs) => {
  expect(faultOf(failure(status, {}, headers as Record<string, string>), true).retryAfterMs).toBe(retryAfterMs);
});

it('takes a lost answer to a read as nothing but that', () => {
  expect(faultOf(failure(504, ''), false).fault).toBe('unavailable');
  expect(faultOf(new AxiosError('x', 'ECONNRESET'), false).fault).toBe('unavailable');
  expect(faultOf(new AxiosError('x', 'ECONNRESET'), true).fault).toBe('uncertain');
});

it('tells a missing permission from a thing that is not for this seller', () => {
  expect(permissionFault({ message: 'PA_UNAUTHORIZED_RESULT_FROM_POLICIES' })).toMatchObject({ fault: 'unauthorized' });
  expect(permissionFault({ error: 'forbidden' })).toBeNull();
});

it.each([
  ['blocked_by_time', '30 days'],
  ['blocked_by_buyer', 'the buyer has blocked it'],
  ['blocked_by_mediation', 'answer in the claim'],
  ['blocked_by_mediation_fbm', 'answer in the claim'],
  ['blocked_by_fulfillment', 'once the parcel is delivered'],
  ['blocked_by_payment', 'payment'],
  ['blocked_by_conversation_initiated_by_seller', 'not answered your first message'],
  ['blocked_by_conversation_initiated_by_seller_limited', 'no further message'],
  ['blocked_by_conversation_use_message_api', 'another conversation'],
  ['blocked_by_cancelled_order', 'cancelled'],
  ['blocked_by_cancelled_order_by_fraud', 'fraud'],
  ['blocked_by_cancelled_order_hidden', 'cancelled'],
  ['blocked_by_conversation_expired', '18 months'],
  ['blocked_by_refund', 'refunded'],
  ['blocked_by_claim_change_open', 'exchange'],
  ['blocked_by_claim_change_closed', 'exchange'],
  ['blocked_by_deactivated_account', 'not active'],
  ['blocked_by_restrictions', 'restricted'],
  ['blocked_by_message_pending_review', 'being reviewed'],
  ['blocked_by_return_to_buyer_fulfillment', 'goes back'],
  ['blocked_by_ai_assistant', 'assistant'],
  ['blocked_by_ai_assistant_expired', 'over'],
  ['blocked_by_ai_assistant_contact_closed', 'closed the case'],
  ['blocked_by_moonlight', 'moonlight'],
  [null, 'no reason given'],
])('%s is a block in words', (substatus, words) => {
  expect(blockReason(substatus)).toContain(words);
});
it('names the claim to answer in', () => {
  expect(blockReason('blocked_by_mediation', ['5200'])).toContain('(claim 5200)');
});

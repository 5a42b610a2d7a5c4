import type { Part, ReplyWindow } from '@parley/model';
import { assertAllowed, policyOf } from './reply-policy';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const BEFORE = '2026-11-25T11:59:59Z';
const AFTER = '2026-11-25T12:00:01Z';
const text: Part[] = [{ kind: 'text', text: 'Hello' }];
const template: Part[] = [{ kind: 'template', name: 'hello', language: 'es', variables: {} }];

it.each<[string, ReplyWindow, Part[], string, string | null]>([
  ['a channel without a window', { openUntil: null, then: 'free' }, text, 'allowed', null],
  ['an open window', { openUntil: AFTER, then: 'closed' }, text, 'allowed', AFTER],
  ['a window that is over, where one may go on', { openUntil: BEFORE, then: 'free' }, text, 'allowed', null],
  ['a window that is over', { openUntil: BEFORE, then: 'template' }, text, 'needs-template', null],
  ['a template in it', { openUntil: BEFORE, then: 'template' }, template, 'allowed', null],
  ['a closed window', { openUntil: BEFORE, then: 'closed' }, template, 'blocked', null],
  ['a thread that the channel closed', { openUntil: null, then: 'closed', reason: 'Resolved.' }, text, 'blocked', null],
  ['an end that nobody knows', { openUntil: null, then: 'closed' }, text, 'allowed', null],
])('judges %s', (_name, window, parts, answer, until) => {
  expect(policyOf(window, parts, NOW)).toMatchObject({ answer, until });
});

it("gives the channel's own reason", () => {
  const window: ReplyWindow = { openUntil: BEFORE, then: 'closed', reason: 'The claim was settled.' };
  expect(policyOf(window, text, NOW).reason).toBe('The claim was settled.');
  expect(() => assertAllowed(window, text, NOW)).toThrow('The claim was settled.');
});

it('says what to do where the channel says nothing', () => {
  expect(policyOf({ openUntil: BEFORE, then: 'template' }, text, NOW).reason).toContain('Send an approved template');
});

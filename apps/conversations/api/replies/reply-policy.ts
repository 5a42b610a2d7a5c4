import type { Part, ReplyWindow } from '@parley/model';
import { ProblemError } from '@parley/runtime';
import { z } from 'zod';

export const policySchema = z.object({
  answer: z.enum(['allowed', 'needs-template', 'blocked']),
  /** How long that holds; null where the channel knows no end. */
  until: z.string().nullable(),
  /** Why, and what to do; null when it is allowed. */
  reason: z.string().nullable(),
});
export type Policy = z.infer<typeof policySchema>;

/** May the shop say this now? The channel's rule is data: the window of the conversation. */
export function policyOf(window: ReplyWindow, parts: readonly Part[], now: number): Policy {
  if (!isOver(window, now) || window.then === 'free')
    return { answer: 'allowed', until: isOver(window, now) ? null : window.openUntil, reason: null };
  if (window.then === 'closed') return { answer: 'blocked', until: null, reason: closedReason(window) };
  if (parts.some((part) => part.kind === 'template')) return { answer: 'allowed', until: null, reason: null };
  return { answer: 'needs-template', until: null, reason: templateReason(window) };
}

/** A thread that the channel closed has no end of its own, only a reason. */
const isOver = (window: ReplyWindow, now: number): boolean =>
  window.openUntil === null ? window.then === 'closed' && window.reason !== undefined : Date.parse(window.openUntil) <= now;

const closedReason = (window: ReplyWindow): string =>
  window.reason ??
  `The channel takes no reply in this conversation since ${window.openUntil}. It opens again when the buyer writes.`;

const templateReason = (window: ReplyWindow): string =>
  window.reason ??
  `The time to answer freely ended at ${window.openUntil}. Send an approved template, or wait until the buyer writes again.`;

/** @throws ProblemError 409 when it may not be said now. */
export function assertAllowed(window: ReplyWindow, parts: readonly Part[], now = Date.now()): void {
  const policy = policyOf(window, parts, now);
  if (policy.answer === 'allowed') return;
  const code = policy.answer === 'blocked' ? 'reply-window-closed' : 'template-required';
  throw new ProblemError(409, code, policy.reason ?? 'The channel takes no reply now.', {
    extensions: { policy, replyWindow: window },
  });
}

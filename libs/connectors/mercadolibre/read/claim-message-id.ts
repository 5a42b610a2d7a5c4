import { createHash } from 'node:crypto';

interface Named {
  readonly hash?: unknown;
  readonly id?: unknown;
  readonly sender_role?: unknown;
  readonly date_created?: unknown;
  readonly message?: unknown;
}

/** Messages of a claim have a hash; one without is known by who said what and when. */
export function claimMessageId(message: Named): string {
  const { hash, id, sender_role: role, date_created: at, message: text } = message;
  if (hash ?? id) return String(hash ?? id);
  return createHash('sha256')
    .update(JSON.stringify([role, at, text]))
    .digest('base64url');
}

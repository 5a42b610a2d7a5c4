import type { AccountFacts, ThreadRef } from '@parley/connector';
import type { ParsedEmail } from '../parse';
import type { EmailSettings } from '../settings';
import { orderNumbers } from './order-number';
import { readMark } from './own-mark';
import { readReplyAddress } from './reply-address';
import { baseSubject, hasReplyPrefix, isGenericSubject } from './subject';

/** How to answer a mail. Kept with the conversation, renewed by each mail of the buyer. */
export interface EmailAddress {
  readonly to: string;
  readonly name: string | null;
  readonly subject: string;
  /** The mail to be answered, and what it stood upon. */
  readonly messageId: string | null;
  readonly references: readonly string[];
}

export interface Threading {
  readonly thread: Pick<ThreadRef, 'key' | 'conversationId' | 'aliases'>;
  /** What decided, for a person who wonders. */
  readonly by: 'reply-address' | 'own-message-id' | 'references' | 'order' | 'subject' | 'new';
  /** The mail we wrote went to another address: somebody new writes in this thread. */
  readonly fromElsewhere: boolean;
}

const WEEK_MS = 7 * 86_400_000;
const ALIASES_MAX = 40;

/**
 * Which conversation a mail belongs to; the first that answers wins: our signed address, a Message-ID of ours, a
 * Message-ID seen before, an order number with its buyer, the subject with its buyer within two weeks. A wrong split is
 * cheaper than showing one buyer's thread to another. All but our own signatures therefore count for one buyer only:
 * many answer the same newsletter, and some mailers give all their mail one Message-ID.
 */
export function threadOf(mail: ParsedEmail, party: string, externalId: string, account: AccountFacts<EmailSettings>): Threading {
  const { signingKey, settings } = account;
  const buyer = party.toLowerCase();
  const parents = [...new Set([...mail.inReplyTo, ...[...mail.references].reverse()])];
  const own = parents.map((id) => readMark(signingKey, id)).find((mark) => mark !== null) ?? null;
  const addressed = readReplyAddress(signingKey, settings.address, mail.recipients);
  const conversationId = addressed ?? own?.conversationId;

  const orders = orderNumbers(mail.subject, mail.visible);
  const orderAliases = orders.slice(0, 1).map((number) => `order:${number}|${buyer}`);
  const subjects = subjectAliases(mail, buyer);
  const ids = [...(mail.messageId ? [mail.messageId] : []), ...parents].map((id) => `id:${id}|${buyer}`);
  const root = mail.references[0] ?? mail.inReplyTo[0] ?? mail.messageId ?? externalId;
  const by = addressed
    ? 'reply-address'
    : own
      ? 'own-message-id'
      : parents.length
        ? 'references'
        : orderAliases.length
          ? 'order'
          : subjects.length
            ? 'subject'
            : 'new';
  return {
    thread: {
      key: `mail:${root}|${buyer}`,
      ...(conversationId ? { conversationId } : {}),
      aliases: [...ids.slice(0, ALIASES_MAX), ...orderAliases, ...subjects],
    },
    by,
    fromElsewhere: own !== null && !own.isTo(party),
  };
}

/** A week and the next one: two mails meet when they are at most two weeks apart. */
function subjectAliases(mail: ParsedEmail, buyer: string): string[] {
  const base = baseSubject(mail.subject).toLowerCase();
  const at = Date.parse(mail.receivedAt ?? mail.date ?? '');
  if (!base || mail.class !== 'human' || !Number.isFinite(at)) return [];
  if (isGenericSubject(base) && !hasReplyPrefix(mail.subject)) return [];
  const week = Math.floor(at / WEEK_MS);
  return [week, week + 1].map((each) => `subject:${base}|${buyer}|${each}`);
}

const REFERENCES_MAX = 20;

/** Parent's references and the parent; when long, the first and the last ones (they are what programs look for). */
export function referencesAfter(references: readonly string[], parent: string | null): string[] {
  const all = [...new Set([...references, ...(parent ? [parent] : [])])];
  return all.length <= REFERENCES_MAX ? all : [...all.slice(0, 1), ...all.slice(-(REFERENCES_MAX - 1))];
}

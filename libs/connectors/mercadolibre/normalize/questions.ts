import type { AccountFacts, ChannelEvent, ContactFacts, DraftPart, ThreadRef } from '@parley/connector';
import type { ReplyWindow } from '@parley/model';
import type { Address } from '../address';
import type { Settings } from '../settings';
import type { Question, RawOf } from '../shapes';
import { placeOf, timeOf } from './buyer';

/** A question about an item, and its one answer: everybody can read both. */
export function questionEvents(raw: RawOf<'question'>, account: AccountFacts<Settings>): ChannelEvent[] {
  const { question: asked, item } = raw;
  const place = placeOf(account.settings.siteId);
  const buyerId = asked.from?.id ?? `question:${asked.id}`;
  const contact: ContactFacts = { address: buyerId, name: null, ...place };
  const thread: ThreadRef = {
    key: `question:${asked.item_id}:${buyerId}`,
    address: { kind: 'question', questionId: asked.id } satisfies Address,
    subject: item?.title ?? asked.item_id ?? null,
  };
  const at = timeOf(asked.date_created);
  const externalId = `question:${asked.id}`;
  const replyWindow = windowOf(asked.status ?? null, at);
  const about = { thread, contact, languageHint: place.language ?? null, replyWindow };
  const events: ChannelEvent[] = [
    {
      kind: 'message',
      externalId,
      ...about,
      author: { kind: 'buyer', id: buyerId },
      parts: [saidIn(asked), ...cardOf(item)],
      sentAt: at,
      attributes: { public: true, item: asked.item_id ?? null, ...marksOf(asked) },
    },
  ];
  if (asked.answer?.text)
    events.push({
      kind: 'message',
      externalId: `answer:${asked.id}`,
      ...about,
      direction: 'outbound',
      author: { kind: 'agent', id: account.settings.sellerId },
      parts: [{ kind: 'text', text: asked.answer.text }],
      sentAt: timeOf(asked.answer.date_created ?? asked.date_created),
      replyToExternalId: externalId,
    });
  const seenAt = raw.readAt ? timeOf(raw.readAt) : at;
  if (asked.status === 'DELETED') events.push({ kind: 'recall', targetExternalId: externalId, thread, at: seenAt });
  // Closed without an answer of ours: nothing else that is new would tell.
  if (replyWindow.then === 'closed') events.push({ kind: 'thread', thread, replyWindow, at: seenAt });
  return events;
}

const saidIn = ({ text, status }: Question): DraftPart =>
  text
    ? { kind: 'text', text }
    : {
        kind: 'unsupported',
        summary: `A question that Mercado Libre does not show (${status ?? 'no state'})`,
        rawType: `question:${status ?? ''}`,
      };

const cardOf = (item: RawOf<'question'>['item']): DraftPart[] =>
  item
    ? [
        {
          kind: 'card',
          title: item.title ?? item.id,
          text: null,
          url: item.permalink ?? null,
          image: item.thumbnail ?? null,
          product: item.id,
        },
      ]
    : [];

const marksOf = (asked: Question) => ({
  ...(asked.hold ? { hold: true } : {}),
  ...(asked.deleted_from_listing ? { deletedFromListing: true } : {}),
  ...(asked.suspected_spam ? { suspectedSpam: true } : {}),
});

const closed: Readonly<Record<string, string>> = {
  ANSWERED: 'A question takes one answer, and it has it.',
  BANNED: 'Mercado Libre has banned the question.',
  CLOSED_UNANSWERED: 'The item is closed: the question takes no answer any more.',
  DELETED: 'The question was deleted.',
  DISABLED: 'The question is disabled.',
  UNDER_REVIEW: 'Mercado Libre is reviewing the question.',
};

/** The next question of the same buyer opens the thread again. */
function windowOf(status: string | null, at: Date): ReplyWindow {
  if (status === null || status === 'UNANSWERED') return { openUntil: null, then: 'free' };
  return { openUntil: at.toISOString(), then: 'closed', reason: closed[status] ?? 'The question takes no answer.' };
}

import type { ChannelEvent } from '@parley/connector';
import { account, BUYER, question } from '../testing/fixtures';
import { normalize } from './normalize';

const eventsOf = (json: object): readonly ChannelEvent[] => normalize({ json: JSON.parse(JSON.stringify(json)) }, account());
const shape = (events: readonly ChannelEvent[]) => events.map((event) => (event.kind === 'receipt' ? event.state : event.kind));

describe('a question', () => {
  const asked = (fields: object) =>
    eventsOf({
      kind: 'question',
      question: question({ ...fields }),
      item: { id: 'MLA6', title: 'Licuadora' },
      readAt: '2026-01-02T00:00:00Z',
    });

  it('is public, and shows what it is about', () => {
    expect(asked({ suspected_spam: true })).toEqual([
      expect.objectContaining({
        externalId: 'question:5036111111',
        sentAt: new Date('2026-01-01T11:00:00Z'),
        thread: expect.objectContaining({
          key: `question:MLA6:${BUYER}`,
          address: { kind: 'question', questionId: '5036111111' },
        }),
        parts: [{ kind: 'text', text: '¿Sirve para 220 V?' }, expect.objectContaining({ kind: 'card', title: 'Licuadora' })],
        attributes: { public: true, item: 'MLA6', suspectedSpam: true },
      }),
    ]);
  });

  it('and its answer are two messages; the window closes', () => {
    const answer = { text: 'Sí', status: 'ACTIVE', date_created: '2026-01-01T09:00:00.000-03:00' };
    const events = asked({ status: 'ANSWERED', answer });
    expect(shape(events)).toEqual(['message', 'message', 'thread']);
    expect(events[1]).toMatchObject({
      externalId: 'answer:5036111111',
      direction: 'outbound',
      replyToExternalId: 'question:5036111111',
      replyWindow: { then: 'closed' },
    });
  });

  it.each([
    ['UNANSWERED', '¿Sirve?', 'free', ['message']],
    ['CLOSED_UNANSWERED', '¿Sirve?', 'closed', ['message', 'thread']],
    ['UNDER_REVIEW', '¿Sirve?', 'closed', ['message', 'thread']],
    ['DISABLED', '¿Sirve?', 'closed', ['message', 'thread']],
    ['BANNED', '', 'closed', ['message', 'thread']],
    ['DELETED', '¿Sirve?', 'closed', ['message', 'recall', 'thread']],
    ['A_NEW_STATE', null, 'closed', ['message', 'thread']],
  ])('that is %s', (status, text, then, kinds) => {
    const events = asked({ status, text });
    expect(shape(events)).toEqual(kinds);
    expect(events[0]).toMatchObject({ replyWindow: { then }, parts: [{ kind: text ? 'text' : 'unsupported' }, {}] });
    if (then === 'closed') expect(events.at(-1)).toMatchObject({ at: new Date('2026-01-02T00:00:00Z'), replyWindow: { then } });
  });
});

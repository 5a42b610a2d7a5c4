import type { ChannelEvent } from '@parley/connector';
import { account, BUYER, order } from '../testing/fixtures';
import { normalize } from './normalize';

const eventsOf = (json: object): readonly ChannelEvent[] => normalize({ json: JSON.parse(JSON.stringify(json)) }, account());

describe('a claim', () => {
  const inClaim = (fields: object, claim: object | null = { status: 'opened', stage: 'claim' }) =>
    eventsOf({
      kind: 'claim-message',
      claimId: '5200',
      claim,
      orders: [order()],
      message: { hash: 'h1', sender_role: 'complainant', message: 'Llegó roto', date_created: '2026-01-01T08:00:00Z', ...fields },
    });

  it.each([
    ['complainant', {}, 'inbound', 'buyer', 'complainant'],
    ['mediator', {}, 'inbound', 'system', 'mediator'],
    ['respondent', { receiver_role: 'complainant' }, 'outbound', 'agent', 'complainant'],
    ['respondent', { receiver_role: 'mediator' }, 'outbound', 'agent', 'mediator'],
  ])('is a conversation of its own: %s %j', (sender_role, fields, direction, author, receiver) => {
    expect(inClaim({ sender_role, ...fields })).toEqual([
      expect.objectContaining({
        externalId: 'claim:5200:h1',
        direction,
        author: expect.objectContaining({ kind: author }),
        contact: expect.objectContaining({ address: BUYER }),
        thread: { key: 'claim:5200', address: { kind: 'claim', claimId: '5200', receiver }, subject: 'Zapatillas' },
      }),
    ]);
  });

  it('in a dispute is answered to the mediator; a closed one is not answered', () => {
    expect(inClaim({}, { status: 'opened', stage: 'dispute' })[0]).toMatchObject({
      thread: { address: { receiver: 'mediator' } },
    });
    expect(inClaim({}, { status: 'closed', stage: 'claim' })[0]).toMatchObject({ replyWindow: { then: 'closed' } });
    expect(
      eventsOf({ kind: 'claim', claimId: '5200', claim: { status: 'closed', stage: 'claim' }, readAt: '2026-01-03T00:00:00Z' }),
    ).toEqual([expect.objectContaining({ kind: 'thread', replyWindow: expect.objectContaining({ then: 'closed' }) })]);
  });

  it('has files beside it', () => {
    const [event] = inClaim({ attachments: [{ filename: 'roto.jpg', type: 'image/jpeg' }] });
    expect(event).toMatchObject({
      parts: [{}, { kind: 'media', content: { key: 'mercadolibre/acc_1/claim-5200/roto.jpg', ref: { claimId: '5200' } } }],
    });
  });

  it('tells messages without a hash apart', () => {
    const id = (fields: object) => (inClaim({ hash: undefined, ...fields })[0] as { externalId: string }).externalId;
    expect(id({})).toBe(id({}));
    expect(id({ message: 'Otra cosa' })).not.toBe(id({}));
  });
});

import type { ChannelEvent } from '@parley/connector';
import { ASSISTANT, account, OPEN, ORDER, order, PACK } from '../testing/fixtures';
import { normalize } from './normalize';

const eventsOf = (json: object): readonly ChannelEvent[] => normalize({ json: JSON.parse(JSON.stringify(json)) }, account());

describe('beside the conversation', () => {
  const changed = (fields: object) =>
    eventsOf({ kind: 'order', order: order(), shipment: null, status: OPEN, readAt: '2026-01-03T00:00:00Z', ...fields });
  it('an order renews the facts, the window and whom to answer', () => {
    expect(changed({ partner: ASSISTANT })).toEqual([
      expect.objectContaining({
        kind: 'thread',
        thread: { key: `pack:${PACK}`, address: expect.objectContaining({ to: ASSISTANT, assistant: true }) },
        orders: [expect.objectContaining({ number: ORDER, state: 'paid' })],
        replyWindow: { openUntil: null, then: 'free' },
      }),
    ]);
    expect(changed({ order: order({ pack_id: null }) })[0]).toMatchObject({
      thread: { key: `pack:${ORDER}`, address: { to: null } },
    });
    expect(changed({ status: null })[0]).not.toHaveProperty('replyWindow');
  });
});

it('parks what is no item of this channel', () => {
  expect(() => eventsOf({ kind: 'hologram' })).toThrow();
  expect(() => normalize({ bytes: new Uint8Array() }, account())).toThrow(TypeError);
});

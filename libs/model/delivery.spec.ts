import fc from 'fast-check';
import { advanceDelivery, type DeliveryChange, deliveryStates, startDelivery } from './delivery';

const start = startDelivery('2026-05-06T10:00:00.000Z');
const change = fc.record({
  state: fc.constantFrom(...deliveryStates),
  at: fc.integer({ min: 0, max: 59 }).map((second) => new Date(Date.UTC(2026, 4, 6, 10, 1, second)).toISOString()),
  attempt: fc.integer({ min: 1, max: 3 }),
});
const endOf = (changes: readonly DeliveryChange[]) => changes.reduce(advanceDelivery, start);

describe('the delivery lattice', () => {
  it('ends at the same place whatever the order, and repeats change nothing', () => {
    fc.assert(
      fc.property(
        fc
          .array(change, { maxLength: 12 })
          .chain((changes) =>
            fc.tuple(fc.constant(changes), fc.shuffledSubarray(changes, { minLength: changes.length }), fc.subarray(changes)),
          ),
        ([changes, shuffled, repeated]) => {
          const ended = endOf(changes);
          expect(endOf(shuffled)).toEqual(ended);
          for (const again of repeated) expect(advanceDelivery(ended, again)).toBe(ended);
        },
      ),
    );
  });

  it('never takes back what was seen, and keeps the reason of the step that counts', () => {
    const error = { code: 'blocked', message: 'The buyer blocked the shop', retryable: false };
    const failed = advanceDelivery(start, { state: 'failed', at: '2026-05-06T10:05:00.000Z', error });
    expect(failed).toMatchObject({ state: 'failed', error });
    const read = advanceDelivery(failed, { state: 'read', at: '2026-05-06T10:06:00.000Z' });
    expect(read).toMatchObject({ state: 'read', error: null });
    const retried = advanceDelivery(read, { state: 'accepted', at: '2026-05-06T10:07:00.000Z', attempt: 2 });
    expect(retried).toMatchObject({ state: 'read', attempt: 2 });
    expect(retried.history.map((step) => step.state)).toEqual(['accepted', 'failed', 'read', 'accepted']);
  });
});

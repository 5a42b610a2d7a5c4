import { ChannelError, type Fault } from '@parley/connector';
import { AGE_MS_MAX, backoffMs, type Circumstances, decide, decideOnLook, LOOK_AFTER_MS } from './decide';

const now: Circumstances = { tries: 0, looks: 0, ageMs: 0, idempotent: false, canReconcile: false, random: 1 };
const fault = (kind: Fault, options?: ConstructorParameters<typeof ChannelError>[2]) => new ChannelError(kind, 'no', options);
const old = { ageMs: AGE_MS_MAX + 1 };

const cases: [string, ChannelError, Partial<Circumstances>, object][] = [
  ['a refusal is the end', fault('rejected', { code: 'blocked' }), {}, { kind: 'end', outcome: 'failed' }],
  ['the channel names the time', fault('throttled', { retryAfterMs: 700 }), {}, { kind: 'again', afterMs: 700, counts: false }],
  ['throttling stops the account', fault('throttled'), {}, { kind: 'again', afterMs: 5_000, pauseAccount: true }],
  ['unless it is about one recipient', fault('throttled', { scope: 'recipient' }), {}, { kind: 'again', pauseAccount: false }],
  ['a lost login stops the account and keeps the work', fault('unauthorized'), {}, { kind: 'again', pauseAccount: true }],
  ['a channel that is down is tried again', fault('unavailable'), { tries: 3 }, { kind: 'again', afterMs: 8_000, counts: true }],
  ['not for ever', fault('unavailable'), old, { kind: 'end', outcome: 'failed' }],
  ['nor is a throttled one', fault('throttled'), old, { kind: 'end', outcome: 'failed' }],
  ['doubt is never resolved by sending again', fault('uncertain'), {}, { kind: 'end', outcome: 'uncertain' }],
  ['except where that reaches the buyer once', fault('uncertain'), { idempotent: true }, { kind: 'again', counts: true }],
  ['or where one can look', fault('uncertain'), { canReconcile: true }, { kind: 'look', afterMs: LOOK_AFTER_MS }],
  ['looking is unaffected by earlier tries', fault('uncertain'), { canReconcile: true, tries: 9 }, { kind: 'look' }],
  [
    'one looks later each time',
    fault('uncertain'),
    { canReconcile: true, looks: 2 },
    { kind: 'look', afterMs: 4 * LOOK_AFTER_MS },
  ],
  ['and then a person decides', fault('uncertain'), { canReconcile: true, looks: 4 }, { kind: 'end', outcome: 'uncertain' }],
];

describe('what happens after a request that did not end well', () => {
  it.each(cases)('%s', (_, error, circumstances, expected) => {
    expect(decide(error, { ...now, ...circumstances })).toMatchObject(expected);
  });

  it('tells the channel’s code and whether trying again can help', () => {
    expect(decide(fault('rejected', { code: 'blocked' }), now)).toMatchObject({ error: { code: 'blocked', retryable: false } });
    expect(decide(fault('unavailable'), now)).toMatchObject({ error: { retryable: true } });
  });

  it('keeps the doubt while the channel cannot be asked, until the message is too old', () => {
    expect(decideOnLook(fault('unavailable'), now)).toMatchObject({ kind: 'look' });
    expect(decideOnLook(fault('unavailable'), { ...now, ...old })).toMatchObject({ kind: 'end', outcome: 'uncertain' });
  });

  it('waits longer each time, up to a quarter of an hour', () => {
    expect([0, 1, 5, 50].map((tries) => backoffMs(tries, 1))).toEqual([1_000, 2_000, 32_000, 900_000]);
    expect(backoffMs(3, 0)).toBe(4_000);
  });
});

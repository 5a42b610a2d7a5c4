import { backoff, patience } from './retry';

describe('backoff', () => {
  it('tries a few times, ever later, then gives up within a second', () => {
    const delays: number[] = [];
    let attempt = 1;
    for (let next = backoff(attempt); next !== 'give up'; next = backoff(++attempt)) delays.push(next.delayMs);
    expect(delays).toEqual([25, 50, 100]);
    expect(delays.reduce((sum, delay) => sum + delay)).toBeLessThan(1_000);
  });
});

describe('patience', () => {
  it.each([
    [1, 50],
    [2, 100],
    [5, 800],
    [100, 5_000],
    [1_000_000, 5_000],
  ])('after %i failures it waits %i ms and never gives up', (attempt, delayMs) => {
    expect(patience(attempt)).toEqual({ delayMs });
  });
});

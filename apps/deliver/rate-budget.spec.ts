import { RateBudget } from './rate-budget';

describe('a rate budget', () => {
  const takes = (budget: RateBudget, now: number, count: number) => Array.from({ length: count }, () => budget.take(now));

  it('lets a burst go at once and spaces the rest', () => {
    const budget = new RateBudget({ perSecond: 10, burst: 2 }, 0);
    expect(takes(budget, 0, 4)).toEqual([0, 0, 100, 200]);
  });

  it('refills with time, never above the burst', () => {
    const budget = new RateBudget({ perSecond: 10, burst: 2 }, 0);
    takes(budget, 0, 2);
    expect(takes(budget, 60_000, 3)).toEqual([0, 0, 100]);
  });

  it('takes back what was not used', () => {
    const budget = new RateBudget({ perSecond: 1, burst: 1 }, 0);
    budget.take(0);
    budget.giveBack();
    expect(budget.take(0)).toBe(0);
  });

  it('does not lose by a clock that steps back', () => {
    const budget = new RateBudget({ perSecond: 1, burst: 2 }, 10_000);
    expect(takes(budget, 0, 2)).toEqual([0, 0]);
  });
});

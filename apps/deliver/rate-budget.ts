/**
 * How fast an account may send: a bucket of `burst` tokens that refills at `perSecond`. Takes are served in turn.
 * Time is given, so that it is tested without waiting.
 */
export class RateBudget {
  private tokens: number;
  private at: number;

  constructor(
    private readonly rate: { readonly perSecond: number; readonly burst: number },
    now: number,
  ) {
    this.tokens = rate.burst;
    this.at = now;
  }

  /** Takes one token, maybe on credit: the milliseconds to wait before the send may start. */
  take(now: number): number {
    this.tokens = Math.min(this.rate.burst, this.tokens + (Math.max(0, now - this.at) / 1_000) * this.rate.perSecond);
    this.at = Math.max(this.at, now);
    this.tokens -= 1;
    return this.tokens >= 0 ? 0 : Math.ceil((-this.tokens / this.rate.perSecond) * 1_000);
  }

  /** The send did not start after all. */
  giveBack(): void {
    this.tokens = Math.min(this.rate.burst, this.tokens + 1);
  }
}

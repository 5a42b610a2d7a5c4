const FAILURES_MAX = 5;
const PAUSE_MS_FIRST = 1_000;
const PAUSE_MS_MAX = 60_000;

/**
 * Counts requests in a row that found the channel down. After some of them the account rests, longer each time, and one
 * request goes ahead to see whether the channel is back. Time is given, so that it is tested without waiting.
 */
export class Circuit {
  private failures = 0;

  /** Only one request at a time may go out, because the last ones found nobody. */
  get isProbing(): boolean {
    return this.failures >= FAILURES_MAX;
  }

  succeeded(): void {
    this.failures = 0;
  }

  /** The milliseconds the whole account is to rest; 0 while a few failures may be chance. */
  failed(random: number): number {
    this.failures += 1;
    if (!this.isProbing) return 0;
    const pauseMs = Math.min(PAUSE_MS_MAX, PAUSE_MS_FIRST * 2 ** (this.failures - FAILURES_MAX));
    return Math.round(pauseMs * (0.5 + random / 2));
  }
}

/** For so long a list is taken as it was; an engine gains languages rarely. */
const FRESH_MS = 3_600_000;
/** After a failure the list is not asked for again at once. */
const FAILED_MS = 60_000;

/**
 * What an engine says it can. Read with the first use and kept; while it cannot be had it is `null`, and the engine is
 * tried as if it could everything.
 */
export class LanguageList<T> {
  private list: { value: T | null; until: number } | undefined;
  private reading: Promise<T | null> | undefined;

  constructor(
    private readonly read: () => Promise<T>,
    private readonly now: () => number = Date.now,
  ) {}

  async get(): Promise<T | null> {
    if (this.list && this.now() < this.list.until) return this.list.value;
    this.reading ??= this.renew().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async renew(): Promise<T | null> {
    try {
      const value = await this.read();
      this.list = { value, until: this.now() + FRESH_MS };
      return value;
    } catch {
      // Whatever is wrong with the engine shows when it is asked to translate; a list that was had stays good.
      const value = this.list?.value ?? null;
      this.list = { value, until: this.now() + FAILED_MS };
      return value;
    }
  }
}

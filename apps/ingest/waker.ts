/** Lets one loop sleep until it is told that there may be something new. */
export class Waker {
  private woken = false;
  private wakeUp: (() => void) | undefined;

  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  /** Returns at once when woken since the last time. */
  async wokenOr(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.woken) await this.sleep(ms, signal, true);
    this.woken = false;
  }

  /** Whatever is new waits as well. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.sleep(ms, signal, false);
  }

  private sleep(ms: number, signal: AbortSignal, canBeWoken: boolean): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.wakeUp = undefined;
        resolve();
      };
      const timer = setTimeout(end, Math.max(0, ms));
      timer.unref();
      signal.addEventListener('abort', end, { once: true });
      if (canBeWoken) this.wakeUp = end;
    });
  }
}

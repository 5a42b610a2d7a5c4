import { Circuit } from './circuit';
import { RateBudget } from './rate-budget';

export interface GateOptions {
  readonly rate: { readonly perSecond: number; readonly burst: number };
  /** Aborted when nothing more is to leave. */
  readonly signal: AbortSignal;
  readonly now?: () => number;
  readonly random?: () => number;
}

const LOOK_AGAIN_MS = 60_000;

/** When an account's next request may leave: after its pauses, within its rate, one by one while the channel seems down. */
export class AccountGate {
  private readonly budget: RateBudget;
  private readonly circuit = new Circuit();
  private readonly now: () => number;
  private readonly random: () => number;
  private readonly signal: AbortSignal;
  private pausedUntil = 0;
  private under = 0;
  private waiting = new Set<() => void>();

  constructor(options: GateOptions) {
    this.now = options.now ?? (() => performance.now());
    this.random = options.random ?? Math.random;
    this.signal = options.signal;
    this.budget = new RateBudget(options.rate, this.now());
    options.signal.addEventListener('abort', () => this.look(), { once: true });
  }

  /** Resolves when one request may leave; `leave` must be called once it has ended. False: nothing leaves any more. */
  async enter(): Promise<boolean> {
    while (!this.signal.aborted) {
      const pauseMs = this.pausedUntil - this.now();
      if (pauseMs > 0) {
        await this.change(pauseMs);
      } else if (this.circuit.isProbing && this.under > 0) {
        await this.change(LOOK_AGAIN_MS);
      } else if (await this.takeTurn()) {
        return true;
      }
    }
    return false;
  }

  leave(): void {
    this.under -= 1;
    this.look();
  }

  pause(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.now() + ms);
  }

  resume(): void {
    this.pausedUntil = 0;
    this.look();
  }

  /** The channel answered, whatever it said. */
  answered(): void {
    this.circuit.succeeded();
  }

  /** Nobody was there. */
  unanswered(): void {
    const pauseMs = this.circuit.failed(this.random());
    if (pauseMs > 0) this.pause(pauseMs);
  }

  private async takeTurn(): Promise<boolean> {
    this.under += 1;
    const waitMs = this.budget.take(this.now());
    if (waitMs > 0) await this.sleep(waitMs);
    if (!this.signal.aborted && this.pausedUntil <= this.now()) return true;
    this.budget.giveBack();
    this.leave();
    return false;
  }

  /** Something may have changed. */
  private look(): void {
    const waiting = this.waiting;
    this.waiting = new Set();
    for (const wake of waiting) wake();
  }

  private change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      timer.unref();
      this.waiting.add(wake);
    });
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      timer.unref();
      this.signal.addEventListener('abort', end, { once: true });
    });
  }
}

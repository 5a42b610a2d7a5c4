import type { EventLog } from '@parley/event-log';

/** What a group has not handled of a topic. */
export interface Behind {
  readonly group: string;
  readonly topic: string;
  readonly records: number;
  /** How long the oldest of them has waited; null: not known, or there is none. */
  readonly oldestMs: number | null;
}

const TIMEOUT_MS = 2_000;
/** People and machines that look at the same moment are told the same. */
const FRESH_MS = 3_000;

/** How far the groups of this process are behind, asked only when somebody looks. */
export class Backlog {
  private asked: { readonly at: number; readonly answer: Promise<Behind[]> } | undefined;

  constructor(
    private readonly log: EventLog,
    private readonly groups: readonly string[],
  ) {}

  /** Empty when the log is away: that is told by others. */
  look(): Promise<Behind[]> {
    const now = Date.now();
    if (!this.asked || now - this.asked.at > FRESH_MS) this.asked = { at: now, answer: this.ask() };
    return this.asked.answer;
  }

  private async ask(): Promise<Behind[]> {
    const all = await Promise.all(this.groups.map((group) => this.askFor(group)));
    return all.flat();
  }

  private async askFor(group: string): Promise<Behind[]> {
    const topics = await inTime(this.log.lag(group), {});
    const waiting = Object.values(topics).some((records) => records > 0);
    const oldest: Record<string, number> = waiting ? await inTime(this.log.oldest(group), {}) : {};
    const now = Date.now();
    return Object.entries(topics).map(([topic, records]) => {
      const at = oldest[topic];
      return { group, topic, records, oldestMs: records === 0 || at === undefined ? null : Math.max(0, now - at) };
    });
  }
}

async function inTime<T>(work: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), TIMEOUT_MS);
  });
  return Promise.race([work.catch(() => otherwise), late]).finally(() => clearTimeout(timer));
}

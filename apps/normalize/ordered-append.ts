import { appendEntries, type EventLog, type NewEntry, type TraceHeaders } from '@parley/event-log';
import type { Topic } from '@parley/model';

export interface TopicEntry {
  readonly topic: Topic;
  readonly key: string;
  readonly entry: any;
  /** What is appended together comes of many records: each names its trace itself. */
  readonly headers?: TraceHeaders;
}

interface Group {
  readonly entries: readonly TopicEntry[];
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Appends in the order it is given things: what comes while an append is under way joins the next one. After a failure
 * nothing goes any more, so that nothing gets ahead of what failed.
 */
export class OrderedAppend {
  private waiting: Group[] = [];
  private busy = false;
  private failure: { readonly error: unknown } | undefined;

  constructor(private readonly log: EventLog) {}

  /** Resolves once the log has them. */
  add(entries: readonly TopicEntry[]): Promise<void> {
    if (this.failure) return Promise.reject(this.failure.error);
    if (entries.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting.push({ entries, resolve, reject });
      if (!this.busy) void this.flush();
    });
  }

  private async flush(): Promise<void> {
    this.busy = true;
    // Lets what is ready in this turn go together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const groups = this.waiting.splice(0);
      try {
        await this.append(groups.flatMap((group) => group.entries));
        for (const group of groups) group.resolve();
      } catch (error) {
        this.failure = { error };
        for (const group of [...groups, ...this.waiting.splice(0)]) group.reject(error);
      }
    }
    this.busy = false;
  }

  private async append(entries: readonly TopicEntry[]): Promise<void> {
    const topics = new Map<Topic, NewEntry<any>[]>();
    for (const { topic, ...entry } of entries) topics.set(topic, [...(topics.get(topic) ?? []), entry]);
    await Promise.all([...topics].map(([topic, list]) => appendEntries(this.log, topic, list)));
  }
}

import { randomUUID } from 'node:crypto';
import type { ConsumeOptions, Subscription } from '../port';
import { within } from '../within';
import { GroupTable, type Look, type PartitionRow, type Taken } from './group-table';
import { PartitionReader, type ReaderTools } from './partition-reader';
import { movesOf } from './shares';

export interface MemberOptions {
  readonly processId: string;
  readonly sessionTimeoutMs: number;
}

/** How long a handler that was told to end may take before its partition is let go of. */
const ABORT_GRACE_MS = 250;
/** What saying that we leave may take beyond the deadline. */
const FAREWELL_MS = 1_500;
const LOOK_AGAIN_MS = 20;
const LOOK_AGAIN_LATER_MS = 250;

/**
 * This process in one consumer group. It shows that it is alive, takes its share of the partitions and gives back what is
 * beyond it. There is no leader: each member reckons for itself, and the database decides who gets a free partition.
 */
export class GroupMember implements Subscription {
  /** Of the last look at the group that succeeded; 0: none yet. */
  lastSeenAt = 0;
  error: string | undefined;
  /** It has what it should have. */
  settled = false;
  private readonly id: string;
  private readonly table: GroupTable;
  private readonly readers = new Map<number, PartitionReader>();
  private readonly giving = new Set<number>();
  private readonly unregister: () => void;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private lookAgain = false;
  private stopped = false;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly options: ConsumeOptions,
    private readonly tools: ReaderTools,
    private readonly member: MemberOptions,
  ) {
    this.id = `${member.processId}/${randomUUID().slice(0, 8)}`;
    const { group, topics } = options;
    this.table = new GroupTable(tools.database, { ...member, group, topics, memberId: this.id });
    this.unregister = tools.wakeups.onGroup(group, () => void this.look());
  }

  get assigned(): number {
    return this.readers.size;
  }

  /** @throws when the group cannot be joined now. */
  async join(): Promise<void> {
    await this.look();
    if (this.lastSeenAt === 0) throw new Error(this.error ?? 'The group could not be joined');
    this.tools.wakeups.groupChanged(this.options.group);
  }

  stop(deadlineMs: number): Promise<void> {
    this.stopping ??= this.leave(deadlineMs);
    return this.stopping;
  }

  /** Looks at the group and acts on it; one look at a time, and one more when asked meanwhile. */
  private look(): Promise<void> {
    if (this.looking) this.lookAgain = true;
    this.looking ??= this.lookUntilSettled().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async lookUntilSettled(): Promise<void> {
    clearTimeout(this.timer);
    do {
      this.lookAgain = false;
      try {
        await this.act(await this.table.look());
        this.lastSeenAt = Date.now();
        this.error = undefined;
      } catch (err) {
        if (this.error === undefined) this.warn(err, 'A consumer group cannot be seen');
        this.error = err instanceof Error ? err.message : 'unknown';
      }
    } while (this.lookAgain && !this.stopped);
    if (!this.stopped) this.timer = setTimeout(() => void this.look(), this.member.sessionTimeoutMs / 4);
  }

  private lookSoon(delayMs: number): void {
    if (!this.stopped) setTimeout(() => void (this.stopped || this.look()), delayMs).unref();
  }

  private async act({ members, partitions, others }: Look): Promise<void> {
    this.tools.wakeups.othersListen = others;
    for (const row of partitions) this.compare(row);
    if (this.stopped) return;
    const { take, give } = movesOf(
      this.id,
      members,
      partitions.map((row) => this.withoutOrphan(row)),
    );
    for (const id of give) void this.give(id);
    if (take.length > 0) {
      const taken = await this.table.take(take);
      for (const one of taken) this.read(one);
      // Somebody else was quicker with the rest, or a late transaction holds it: there may be others still free.
      this.lookSoon(taken.length === take.length ? LOOK_AGAIN_MS : LOOK_AGAIN_LATER_MS);
    }
    this.settled = take.length === 0 && give.length === 0;
  }

  /** Is what we read still ours, and is there more to read? */
  private compare(row: PartitionRow): void {
    const reader = this.readers.get(row.id);
    if (!reader || this.giving.has(row.id)) return;
    if (row.owner === this.id && BigInt(row.generation ?? 0) === reader.held.generation) {
      reader.headIs(BigInt(row.head));
      return;
    }
    this.warn(undefined, 'A partition was lost', row);
    reader.abort('Another member reads the partition now');
    this.readers.delete(row.id);
  }

  /** Ours by the table, and nobody reads it: giving it back failed half way. */
  private withoutOrphan(row: PartitionRow): PartitionRow {
    return row.owner === this.id && !this.readers.has(row.id) ? { ...row, owner: null } : row;
  }

  private read({ partitionId, held, nextOffset }: Taken): void {
    const reader = new PartitionReader(partitionId, held, nextOffset, this.options, this.tools);
    this.readers.set(partitionId, reader);
    // It may find by itself that it has lost the partition; the next look sorts it out.
    void reader.ended.then(() => {
      if (this.readers.get(partitionId) !== reader || this.giving.has(partitionId) || this.stopped) return;
      this.readers.delete(partitionId);
      this.lookSoon(LOOK_AGAIN_LATER_MS);
    });
  }

  /** Lets the running batch end first, within the session's time; signs of life go on meanwhile. */
  private async give(id: number): Promise<void> {
    const reader = this.readers.get(id);
    if (!reader || this.giving.has(id)) return;
    this.giving.add(id);
    try {
      await this.endReader(reader, this.member.sessionTimeoutMs);
      await this.table.disown([reader.held]);
      this.tools.wakeups.groupChanged(this.options.group);
    } catch (err) {
      this.warn(err, 'A partition was not given back; it is at the next look', reader.held);
    } finally {
      this.readers.delete(id);
      this.giving.delete(id);
    }
  }

  private async endReader(reader: PartitionReader, deadlineMs: number): Promise<void> {
    reader.stop();
    if (await within(deadlineMs, reader.ended)) return;
    reader.abort('The partition is given to another member');
    await within(ABORT_GRACE_MS, reader.ended);
  }

  private async leave(deadlineMs: number): Promise<void> {
    this.stopped = true;
    this.unregister();
    const startedAt = performance.now();
    const readers = () => [...this.readers.values()];
    for (const reader of readers()) reader.stop();
    // Signs of life go on while the handlers end.
    let seeing: Promise<unknown> = Promise.resolve();
    const alive = setInterval(() => {
      seeing = this.table.look().catch(() => undefined);
    }, this.member.sessionTimeoutMs / 4);
    await within(deadlineMs, this.looking ?? Promise.resolve());
    const leftMs = Math.max(0, deadlineMs - (performance.now() - startedAt));
    await Promise.all(readers().map((reader) => this.endReader(reader, leftMs)));
    clearInterval(alive);
    clearTimeout(this.timer);
    // A sign of life that came after the farewell would keep our place for nobody.
    await within(ABORT_GRACE_MS, seeing);
    await within(FAREWELL_MS, this.sayFarewell());
    this.readers.clear();
  }

  /** Waits for transactions that have committed in our name and not ended yet: they end, or the others wait for them. */
  private async sayFarewell(): Promise<void> {
    try {
      await this.table.disown([...this.readers.values()].map((reader) => reader.held));
      await this.table.leave();
      this.tools.wakeups.groupChanged(this.options.group);
    } catch (err) {
      this.warn(err, 'A member could not say that it leaves; the others notice by its silence');
    }
  }

  private warn(err: unknown, message: string, place?: { readonly topic: string; readonly partition: number }): void {
    const { topic, partition } = place ?? {};
    this.tools.logger.warn({ ...(err ? { err } : {}), group: this.options.group, topic, partition }, message);
  }
}

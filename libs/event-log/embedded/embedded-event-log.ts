import { LogUnavailableError } from '../errors';
import { type LogDatabase, PIPELINE } from '../log-database';
import type { EventLogOptions } from '../open';
import type { ConsumeOptions, EventLog, LogHealth, LogRecord, PartitionExtent, Subscription, TopicConfig } from '../port';
import { Slots } from '../slots';
import { within } from '../within';
import { Appender } from './appender';
import { GroupMember } from './group-member';
import type { ReaderTools } from './partition-reader';
import { Partitions } from './partitions';
import { processIdentity } from './process-identity';
import { sweepOldRecords } from './retention';
import { Tail } from './tail';
import { Wakeups } from './wakeups';

const SESSION_TIMEOUT_MS = 10_000;
const APPEND_TIMEOUT_MS = 10_000;
/** Partitions of one group that are handled at once. They hold a connection for moments only; what is there together can be stored together. */
const CONCURRENCY = 8;
const SWEEP_MS = 60_000;
/** What a write may take though the deadline is over. */
const ABORTED_WRITE_MS = 500;

/**
 * The log in the same Postgres as everything else. Offsets without gaps, appends in groups, readers woken at once; as many
 * processes as like may share it.
 */
export class EmbeddedEventLog implements EventLog {
  private readonly database: LogDatabase;
  private readonly partitions: Partitions;
  private readonly tail = new Tail();
  private readonly wakeups: Wakeups;
  private readonly appender: Appender;
  private readonly processId = processIdentity();
  private readonly members = new Set<GroupMember>();
  private readonly sweeper: NodeJS.Timeout;
  private lastReadAt = 0;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: EventLogOptions) {
    this.database = options.database;
    this.partitions = new Partitions(this.database);
    this.wakeups = new Wakeups(this.database, options.logger, this.processId);
    const timeoutMs = options.appendTimeoutMs ?? APPEND_TIMEOUT_MS;
    this.appender = new Appender(this.database, this.partitions, this.tail, this.wakeups, timeoutMs);
    this.sweeper = setInterval(() => void this.sweep(), SWEEP_MS);
    this.sweeper.unref();
  }

  ensureTopics(topics: readonly TopicConfig[]): Promise<void> {
    return this.partitions.ensure(topics);
  }

  append(topic: string, records: readonly LogRecord[]): Promise<void> {
    return this.appender.append(topic, records);
  }

  async consume(options: ConsumeOptions): Promise<Subscription> {
    if (this.closing) throw new LogUnavailableError('The log is closed');
    for (const topic of options.topics) await this.partitions.of(topic);
    await this.wakeups.listen();
    const tools: ReaderTools = {
      database: this.database,
      logger: this.options.logger,
      tail: this.tail,
      wakeups: this.wakeups,
      slots: new Slots(this.options.concurrency ?? CONCURRENCY),
      onRead: () => {
        this.lastReadAt = Date.now();
      },
    };
    const sessionTimeoutMs = this.options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
    const member = new GroupMember(options, tools, { processId: this.processId, sessionTimeoutMs });
    try {
      await member.join();
    } catch (error) {
      await member.stop(0);
      throw error;
    }
    this.members.add(member);
    return {
      stop: async (deadlineMs) => {
        await member.stop(deadlineMs);
        this.members.delete(member);
      },
    };
  }

  async lag(group: string): Promise<Record<string, number>> {
    const { rows } = await this.database.query(
      PIPELINE,
      `SELECT o.topic, sum(p.next_offset - o.next_offset)::text AS records
       FROM log.offsets o JOIN log.partitions p USING (topic, partition) WHERE o.group_name = $1 GROUP BY o.topic`,
      [group],
    );
    return Object.fromEntries(rows.map((row: { topic: string; records: string }) => [row.topic, Number(row.records)]));
  }

  async oldest(group: string): Promise<Record<string, number>> {
    const { rows } = await this.database.query(
      PIPELINE,
      `SELECT o.topic, min(extract(epoch FROM r.appended_at) * 1000)::bigint::text AS at
       FROM log.offsets o JOIN log.partitions p USING (topic, partition)
       CROSS JOIN LATERAL (
         SELECT appended_at FROM log.records
         WHERE partition_id = p.id AND "offset" >= o.next_offset ORDER BY "offset" LIMIT 1
       ) r
       WHERE o.group_name = $1 AND o.next_offset < p.next_offset GROUP BY o.topic`,
      [group],
    );
    return Object.fromEntries(rows.map((row: { topic: string; at: string }) => [row.topic, Number(row.at)]));
  }

  async extent(topic: string): Promise<readonly PartitionExtent[]> {
    const { rows } = await this.database.query(
      PIPELINE,
      `SELECT p.partition, p.next_offset AS next, coalesce(
         (SELECT "offset" FROM log.records r WHERE r.partition_id = p.id ORDER BY "offset" LIMIT 1), p.next_offset) AS first
       FROM log.partitions p WHERE p.topic = $1 ORDER BY p.partition`,
      [topic],
    );
    return rows.map((row: { partition: number; first: string; next: string }) => ({
      partition: row.partition,
      first: BigInt(row.first),
      next: BigInt(row.next),
    }));
  }

  health(): LogHealth {
    const members = [...this.members];
    const error = members.find((member) => member.error !== undefined)?.error;
    const state = this.closing
      ? 'stopped'
      : members.every((member) => member.settled && !member.error)
        ? 'running'
        : 'rebalancing';
    return {
      state,
      lastPollAt: Math.max(this.lastReadAt, ...members.map((member) => member.lastSeenAt)),
      assigned: members.reduce((sum, member) => sum + member.assigned, 0),
      appending: this.appender.waiting,
      ...(error === undefined ? {} : { error }),
    };
  }

  close(deadlineMs: number): Promise<void> {
    this.closing ??= this.end(deadlineMs);
    return this.closing;
  }

  /** Handlers that are ending may append still: the writers go last. */
  private async end(deadlineMs: number): Promise<void> {
    const startedAt = performance.now();
    clearInterval(this.sweeper);
    await Promise.all([...this.members].map((member) => member.stop(deadlineMs)));
    this.members.clear();
    await within(Math.max(ABORTED_WRITE_MS, deadlineMs - (performance.now() - startedAt)), this.appender.close());
    await this.wakeups.close();
  }

  private async sweep(): Promise<void> {
    try {
      await sweepOldRecords(this.database, this.options.logger);
    } catch (err) {
      this.options.logger.warn({ err }, 'Old records of the log could not be dropped');
    }
  }
}

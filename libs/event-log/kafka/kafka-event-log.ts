import type { Admin, Kafka } from 'kafkajs';
import { LogUnavailableError } from '../errors';
import { recordBytesMax } from '../limits';
import type { EventLogOptions } from '../open';
import type { ConsumeOptions, EventLog, LogHealth, LogRecord, PartitionExtent, Subscription, TopicConfig } from '../port';
import { within } from '../within';
import { AGES_MS, smallestAge } from './ages';
import { createKafka, type KafkaSettings } from './client';
import { GroupConsumer } from './group-consumer';
import { KafkaAppender } from './producer';
import { Progress } from './progress';

const SESSION_TIMEOUT_MS = 30_000;
const APPEND_TIMEOUT_MS = 10_000;
const CONCURRENCY = 4;
const LEAVE_MS = 1_500;
const READ_RETRIES = 6;
/** Who appends is waited for by somebody, who is to be told within seconds that the brokers are away. */
const APPEND_RETRIES = 3;

const COORDINATOR_MS_MAX = 30_000;
const COORDINATOR_RETRY_MS = 250;

/**
 * The log in Kafka. What a handler has done is kept in Postgres together with its effect, so that "exactly once" does not
 * rest on Kafka's transactions.
 */
export class KafkaEventLog implements EventLog {
  private readonly kafka: Kafka;
  private readonly progress: Progress;
  private readonly appender: KafkaAppender;
  private readonly consumers = new Set<GroupConsumer>();
  private connecting: Promise<Admin> | undefined;
  private closing: Promise<void> | undefined;
  private dead: Error | undefined;

  constructor(
    private readonly options: EventLogOptions,
    private readonly settings: KafkaSettings,
  ) {
    this.kafka = createKafka(settings, options.logger, READ_RETRIES);
    this.progress = new Progress(options.database);
    const forAppends = createKafka(settings, options.logger, APPEND_RETRIES);
    this.appender = new KafkaAppender(forAppends, options.logger, options.appendTimeoutMs ?? APPEND_TIMEOUT_MS);
  }

  async ensureTopics(topics: readonly TopicConfig[]): Promise<void> {
    await this.ask(async (admin) => {
      const there = new Set(await admin.listTopics());
      const missing = topics.filter(({ name }) => !there.has(name));
      if (missing.length === 0) return;
      // False when another process made some of them meanwhile; the others are made all the same.
      await admin.createTopics({ waitForLeaders: true, topics: missing.map((topic) => this.creationOf(topic)) });
    });
  }

  append(topic: string, records: readonly LogRecord[]): Promise<void> {
    return this.appender.append(topic, records);
  }

  async consume(wanted: ConsumeOptions): Promise<Subscription> {
    if (this.closing) throw new LogUnavailableError('The log is closed');
    await this.untilCoordinated(wanted.group);
    const consumer = new GroupConsumer(this.kafka, wanted, {
      progress: this.progress,
      logger: this.options.logger,
      sessionTimeoutMs: this.options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
      concurrency: this.options.concurrency ?? CONCURRENCY,
      onDead: (error) => this.die(error),
    });
    this.consumers.add(consumer);
    try {
      await consumer.start();
    } catch (cause) {
      this.consumers.delete(consumer);
      await consumer.stop(0);
      throw new LogUnavailableError(`Kafka did not let ${wanted.group} in`, { cause });
    }
    return {
      stop: async (deadlineMs) => {
        await consumer.stop(deadlineMs);
        this.consumers.delete(consumer);
      },
    };
  }

  /**
   * A broker without groups makes its topic of groups when the first one asks, and has no coordinator meanwhile: the
   * client takes that for an error beyond help and ends the consumer.
   */
  private async untilCoordinated(group: string): Promise<void> {
    const giveUpAt = performance.now() + COORDINATOR_MS_MAX;
    for (;;) {
      try {
        await this.ask((admin) => admin.describeGroups([group]));
        return;
      } catch (cause) {
        if (this.closing || performance.now() > giveUpAt)
          throw new LogUnavailableError(`Kafka has no coordinator for ${group}`, { cause });
        await new Promise((resolve) => setTimeout(resolve, COORDINATOR_RETRY_MS));
      }
    }
  }

  /** A partition the group has not read yet counts from its oldest record. */
  async lag(group: string): Promise<Record<string, number>> {
    const { topics, handled } = await this.progressOf(group);
    const lag: Record<string, number> = {};
    for (const topic of topics) {
      const partitions = await this.ask((admin) => admin.fetchTopicOffsets(topic));
      lag[topic] = partitions.reduce((sum, { partition, high, low }) => {
        const from = handled.get(`${topic}/${partition}`) ?? 0n;
        return sum + Math.max(0, Number(BigInt(high) - (from > BigInt(low) ? from : BigInt(low))));
      }, 0);
    }
    return lag;
  }

  /** Brokers only tell where a moment lies in a partition: asked a few times, that gives the age of a record to within a third. */
  async oldest(group: string): Promise<Record<string, number>> {
    const { topics, handled } = await this.progressOf(group);
    const oldest: Record<string, number> = {};
    for (const topic of topics) {
      const ends = await this.ask((admin) => admin.fetchTopicOffsets(topic));
      const behind = ends.flatMap(({ partition, low, high }) => {
        const stored = handled.get(`${topic}/${partition}`) ?? 0n;
        const from = stored > BigInt(low) ? stored : BigInt(low);
        return from < BigInt(high) ? [{ partition, from }] : [];
      });
      if (behind.length === 0) continue;
      const now = Date.now();
      const ageMs = await smallestAge(AGES_MS, async (age) => {
        const places = await this.ask((admin) => admin.fetchTopicOffsetsByTimestamp(topic, now - age));
        const since = new Map(places.map(({ partition, offset }) => [partition, BigInt(offset)]));
        return behind.every(({ partition, from }) => from >= (since.get(partition) ?? 0n));
      });
      oldest[topic] = now - ageMs;
    }
    return oldest;
  }

  async extent(topic: string): Promise<readonly PartitionExtent[]> {
    const partitions = await this.ask((admin) => admin.fetchTopicOffsets(topic));
    return partitions
      .map(({ partition, low, high }) => ({ partition, first: BigInt(low), next: BigInt(high) }))
      .sort((a, b) => a.partition - b.partition);
  }

  health(): LogHealth {
    const consumers = [...this.consumers];
    const error = this.dead?.message ?? consumers.find((consumer) => consumer.error !== undefined)?.error;
    return {
      state: this.stateOf(consumers),
      lastPollAt: Math.max(0, ...consumers.map((consumer) => consumer.lastPollAt)),
      assigned: consumers.reduce((sum, consumer) => sum + consumer.assigned, 0),
      appending: this.appender.waiting,
      ...(error === undefined ? {} : { error }),
    };
  }

  close(deadlineMs: number): Promise<void> {
    this.closing ??= this.end(deadlineMs);
    return this.closing;
  }

  private async progressOf(group: string): Promise<{ topics: Set<string>; handled: Map<string, bigint> }> {
    const stored = await this.progress.of(group);
    const wanted = [...this.consumers].filter((consumer) => consumer.group === group).flatMap((consumer) => consumer.topics);
    return {
      topics: new Set([...stored.map((row) => row.topic), ...wanted]),
      handled: new Map(stored.map(({ topic, partition, nextOffset }) => [`${topic}/${partition}`, nextOffset])),
    };
  }

  private stateOf(consumers: readonly GroupConsumer[]): LogHealth['state'] {
    if (this.dead) return 'dead';
    if (this.closing) return 'stopped';
    return consumers.every((consumer) => consumer.state === 'running') ? 'running' : 'rebalancing';
  }

  private die(error: Error): void {
    if (this.dead || this.closing) return;
    this.dead = error;
    this.options.logger.error({ err: error }, 'The event log cannot go on in this process');
    this.options.onDead?.(error);
  }

  /** Handlers that are ending may append still: the producer goes last. */
  private async end(deadlineMs: number): Promise<void> {
    const startedAt = performance.now();
    await Promise.all([...this.consumers].map((consumer) => consumer.stop(deadlineMs)));
    this.consumers.clear();
    await within(Math.max(LEAVE_MS, deadlineMs - (performance.now() - startedAt)), this.appender.close());
    const admin = await this.connecting?.catch(() => undefined);
    await within(LEAVE_MS, admin?.disconnect().catch(() => undefined) ?? Promise.resolve());
  }

  private creationOf({ name, partitions, retentionMs }: TopicConfig) {
    const replicas = this.settings.replicas ?? 1;
    const config = {
      'retention.ms': String(retentionMs ?? -1),
      'cleanup.policy': 'delete',
      'min.insync.replicas': String(replicas >= 3 ? 2 : 1),
      // Room for what surrounds the bytes.
      'max.message.bytes': String(recordBytesMax(name) + 512 * 1024),
    };
    return {
      topic: name,
      numPartitions: partitions,
      replicationFactor: replicas,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    };
  }

  /** One connection for all questions, made when the first is asked and again after one failed. */
  private async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      this.connecting ??= this.connectAdmin();
      return await question(await this.connecting);
    } catch (cause) {
      const admin = await this.connecting?.catch(() => undefined);
      this.connecting = undefined;
      void admin?.disconnect().catch(() => undefined);
      throw new LogUnavailableError('Kafka did not answer', { cause });
    }
  }

  private async connectAdmin(): Promise<Admin> {
    const admin = this.kafka.admin({ retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000 } });
    await admin.connect();
    return admin;
  }
}

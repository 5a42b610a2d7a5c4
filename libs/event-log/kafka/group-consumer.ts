import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Consumer, ConsumerCrashEvent, EachBatchPayload, Kafka } from 'kafkajs';
import { FencedError } from '../errors';
import type { LogLogger } from '../log-database';
import type { ConsumeOptions, StoredRecord, Subscription } from '../port';
import { within } from '../within';
import { handlePortion } from './portion';
import type { Held, Progress } from './progress';
import { portionsOf, recordOf } from './records';

export interface GroupConsumerOptions {
  readonly progress: Progress;
  readonly logger: LogLogger;
  readonly sessionTimeoutMs: number;
  readonly concurrency: number;
  onDead(error: Error): void;
}

const JOIN_MS_MAX = 8_000;
const FETCH_WAIT_MS = 500;
const RETRY_MS_FIRST = 50;
const RETRY_MS_MAX = 5_000;
/** How often the broker is told the progress, for people who look there and for a quicker start of the next owner. */
const HINT_MS = 1_000;
/** What stopping may take beyond its deadline: telling Postgres and the broker that we leave. */
const LEAVE_MS = 1_500;
/** No word from the client for so long, though nothing is handled: it is stuck, whatever it says of itself. */
const SILENCE_SESSIONS_MAX = 6;

/**
 * One member of a Kafka consumer group. The broker shares out the partitions; Postgres says how far the group has come and
 * who may say so. A batch is handled when its progress is stored there; only then the next one is taken.
 */
export class GroupConsumer implements Subscription {
  lastPollAt = 0;
  state: 'running' | 'rebalancing' | 'stopped' | 'dead' = 'rebalancing';
  error: string | undefined;
  private readonly owner = randomUUID();
  private readonly consumer: Consumer;
  private readonly held = new Map<string, Held>();
  private readonly running = new Map<string, AbortController>();
  private readonly failures = new Map<string, number>();
  private readonly soughtBack = new Map<string, bigint>();
  private readonly hints = new Map<string, { topic: string; partition: number; offset: string }>();
  private readonly halt = new AbortController();
  private assignment = new Set<string>();
  private lastSignAt = performance.now();
  private timers: NodeJS.Timeout[] = [];
  private stopping: Promise<void> | undefined;

  constructor(
    kafka: Kafka,
    private readonly wanted: ConsumeOptions,
    private readonly options: GroupConsumerOptions,
  ) {
    const { sessionTimeoutMs } = options;
    this.consumer = kafka.consumer({
      groupId: wanted.group,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: Math.max(60_000, sessionTimeoutMs),
      heartbeatInterval: Math.floor(sessionTimeoutMs / 6),
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: 2 * 1024 * 1024,
      retry: { retries: 6, initialRetryTime: 100, maxRetryTime: 2_000 },
    });
  }

  get group(): string {
    return this.wanted.group;
  }

  get topics(): readonly string[] {
    return this.wanted.topics;
  }

  get assigned(): number {
    return this.assignment.size;
  }

  /** Resolves when the group has given this member its place, or the broker takes too long to do so. */
  async start(): Promise<void> {
    const { events } = this.consumer;
    const joined = new Promise<void>((resolve) => {
      this.consumer.on(events.GROUP_JOIN, ({ payload }) => {
        this.onAssignment(payload.memberAssignment);
        resolve();
      });
    });
    this.consumer.on(events.HEARTBEAT, () => this.onSign());
    this.consumer.on(events.FETCH, () => this.onSign());
    this.consumer.on(events.REBALANCING, () => this.turn('rebalancing'));
    this.consumer.on(events.CRASH, (event) => this.onCrash(event));
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: [...this.wanted.topics], fromBeginning: true });
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.options.concurrency,
      eachBatch: (payload) => this.onBatch(payload),
    });
    this.timers = [
      setInterval(() => void this.sendHints(), HINT_MS),
      setInterval(() => this.checkSilence(), this.options.sessionTimeoutMs),
    ];
    await within(JOIN_MS_MAX, joined);
  }

  stop(deadlineMs: number): Promise<void> {
    this.stopping ??= this.leave(deadlineMs);
    return this.stopping;
  }

  private turn(state: GroupConsumer['state']): void {
    if (this.state !== 'stopped' && this.state !== 'dead') this.state = state;
  }

  private onSign(): void {
    this.lastPollAt = Date.now();
    this.lastSignAt = performance.now();
  }

  private onAssignment(assignment: Readonly<Record<string, readonly number[]>>): void {
    this.onSign();
    this.assignment = new Set(
      Object.entries(assignment).flatMap(([topic, list]) => list.map((partition) => placeOf(topic, partition))),
    );
    for (const place of this.held.keys())
      if (!this.assignment.has(place)) this.lose(place, 'The partition was given to another member');
    this.error = undefined;
    this.turn('running');
  }

  private lose(place: string, reason: string): void {
    this.held.delete(place);
    this.hints.delete(place);
    this.failures.delete(place);
    this.soughtBack.delete(place);
    this.running.get(place)?.abort(new FencedError(reason));
  }

  /** Without brokers the client starts itself again and again; after any other error it is gone while the process lives on. */
  private onCrash({ payload: { error, restart } }: ConsumerCrashEvent): void {
    this.error = error.message;
    this.lastSignAt = performance.now();
    if (this.state === 'stopped') return;
    this.options.logger.warn({ err: error, group: this.wanted.group, restart }, 'A consumer of Kafka stopped');
    for (const place of [...this.held.keys()]) this.lose(place, 'The consumer stopped');
    this.assignment.clear();
    if (restart) this.turn('rebalancing');
    else this.die(error);
  }

  private checkSilence(): void {
    const silentMs = performance.now() - this.lastSignAt;
    const limitMs = Math.max(60_000, this.options.sessionTimeoutMs * SILENCE_SESSIONS_MAX);
    if (this.running.size === 0 && silentMs > limitMs)
      this.die(new Error(`The consumer of ${this.wanted.group} gave no sign of life for ${Math.round(silentMs / 1000)} s`));
  }

  private die(error: Error): void {
    if (this.state === 'stopped' || this.state === 'dead') return;
    this.state = 'dead';
    this.error = error.message;
    this.options.onDead(error);
  }

  /** Never throws: kafkajs would take it for a fault of its own. What is not resolved comes again. */
  private async onBatch(payload: EachBatchPayload): Promise<void> {
    const { topic, partition } = payload.batch;
    const place = placeOf(topic, partition);
    try {
      await this.handleFetched(payload, place);
      this.failures.delete(place);
    } catch (err) {
      await this.recover(err, payload, place);
    }
  }

  private async handleFetched(payload: EachBatchPayload, place: string): Promise<void> {
    const { batch, resolveOffset } = payload;
    const held = await this.hold(batch.topic, batch.partition, place);
    const records = batch.messages.map(recordOf);
    const first = records[0]?.offset;
    if (first === undefined) return;
    if (this.soughtTo(payload, held, place, first)) return;
    const fresh = records.filter(({ offset }) => offset >= held.nextOffset);
    for (const portion of portionsOf(fresh, this.wanted.maxRecords, this.wanted.maxBytes)) {
      if (!payload.isRunning() || payload.isStale() || this.halt.signal.aborted || this.held.get(place) !== held) return;
      const last = portion.at(-1)?.offset as bigint;
      await this.handle(payload, held, place, portion, last);
      held.nextOffset = last + 1n;
      this.hint(batch.topic, batch.partition, place, held.nextOffset);
      resolveOffset(String(last));
    }
    if (fresh.length === 0) resolveOffset(batch.lastOffset());
  }

  /** The first batch of a partition makes this member its owner in Postgres too. */
  private async hold(topic: string, partition: number, place: string): Promise<Held> {
    const known = this.held.get(place);
    if (known) return known;
    const held = await this.options.progress.claim(this.wanted.group, topic, partition, this.owner);
    if (this.assignment.has(place)) this.held.set(place, held);
    return held;
  }

  /**
   * The broker's idea of our place may be behind ours or before it. Far behind we go forward at once; when it is before,
   * we go back, unless we did so already and the records in between are simply gone.
   */
  private soughtTo({ batch }: EachBatchPayload, held: Held, place: string, first: bigint): boolean {
    const { topic, partition } = batch;
    const behind = held.nextOffset > BigInt(batch.lastOffset()) + 1n;
    const before = held.nextOffset < first && this.soughtBack.get(place) !== held.nextOffset;
    if (before) this.soughtBack.set(place, held.nextOffset);
    if (behind || before) this.consumer.seek({ topic, partition, offset: String(held.nextOffset) });
    return behind || before;
  }

  private async handle(
    payload: EachBatchPayload,
    held: Held,
    place: string,
    records: StoredRecord[],
    last: bigint,
  ): Promise<void> {
    const { sessionTimeoutMs, progress } = this.options;
    const { topic, partition } = held.ownership;
    const controller = new AbortController();
    this.running.set(place, controller);
    try {
      const portion = { held, last, controller, sessionTimeoutMs, heartbeat: () => payload.heartbeat() };
      const committed = await handlePortion(portion, (context) => this.wanted.handler({ topic, partition, records }, context));
      if (committed !== last) await progress.commit(held, last + 1n);
    } finally {
      this.running.delete(place);
      this.onSign();
    }
  }

  /** After a failure only what Postgres says counts: the handler may have committed before it threw. */
  private async recover(err: unknown, payload: EachBatchPayload, place: string): Promise<void> {
    const { topic, partition } = payload.batch;
    this.held.delete(place);
    if (this.halt.signal.aborted || !this.assignment.has(place)) return;
    const failures = (this.failures.get(place) ?? 0) + 1;
    this.failures.set(place, failures);
    this.options.logger.warn(
      { err, group: this.wanted.group, topic, partition, failures },
      'A batch was not handled; it comes again',
    );
    const delayMs = Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** Math.min(failures - 1, 10));
    const beating = setInterval(() => void payload.heartbeat().catch(() => undefined), this.options.sessionTimeoutMs / 4);
    await pause(delayMs, undefined, { signal: this.halt.signal }).catch(() => undefined);
    clearInterval(beating);
    this.onSign();
    // Fetched again from where it was resolved to; the first batch of a new hold is compared with Postgres.
    if (!payload.isStale() && payload.isRunning())
      this.consumer.seek({ topic, partition, offset: payload.batch.messages[0]?.offset ?? payload.batch.firstOffset() ?? '0' });
  }

  private hint(topic: string, partition: number, place: string, nextOffset: bigint): void {
    this.hints.set(place, { topic, partition, offset: String(nextOffset) });
  }

  private async sendHints(): Promise<void> {
    if (this.hints.size === 0) return;
    const offsets = [...this.hints.values()];
    this.hints.clear();
    try {
      await this.consumer.commitOffsets(offsets);
    } catch (err) {
      this.options.logger.debug({ err, group: this.wanted.group }, 'Kafka did not take the progress; Postgres has it');
    }
  }

  private async leave(deadlineMs: number): Promise<void> {
    const dead = this.state === 'dead';
    this.state = 'stopped';
    this.halt.abort();
    for (const timer of this.timers) clearInterval(timer);
    await within(LEAVE_MS, this.sendHints());
    // Waits for running handlers, without a limit of its own.
    const stopped = this.consumer.stop();
    stopped.catch(() => undefined);
    if (!(await within(deadlineMs, Promise.all([stopped, this.handlersEnd()])))) {
      for (const controller of this.running.values()) controller.abort(new FencedError('The process stops'));
    }
    this.assignment.clear();
    this.held.clear();
    try {
      await within(LEAVE_MS, this.options.progress.disown(this.wanted.group, this.owner));
    } catch (err) {
      this.options.logger.debug({ err, group: this.wanted.group }, 'Postgres could not be told that a member leaves');
    }
    const disconnected = this.consumer.disconnect();
    disconnected.catch(() => undefined);
    if (!dead) await within(LEAVE_MS, disconnected);
  }

  private async handlersEnd(): Promise<void> {
    while (this.running.size > 0) await pause(10);
  }
}

const placeOf = (topic: string, partition: number): string => `${topic}/${partition}`;

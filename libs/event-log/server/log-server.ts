import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { ParleyError, type Topic, topicNames } from '@parley/model';
import type { LogLogger } from '../log-database';
import type { Batch, BatchContext, EventLog, Subscription } from '../port';
import { BatchHandling, type HandledTopic, type HandlingHooks } from './batch-handling';
import type { RetryPolicy } from './retry';

export interface LogServerOptions {
  readonly log: EventLog;
  /** The app's name; its consumer group is `parley.<app>` unless `group` says otherwise. */
  readonly app: string;
  /** Only handlers registered under it are this server's: `@EventPattern('inbound.raw', INGEST)`. */
  readonly transport: symbol;
  readonly group?: string;
  /** Topics that must have a handler; without it the app does not start. */
  readonly topics?: readonly Topic[];
  /** Is what a handler needs away (database, network), so that its batch waits instead of being given up? */
  isTransient(error: unknown): boolean;
  readonly logger: LogLogger;
  readonly hooks?: HandlingHooks;
  readonly retry?: RetryPolicy;
  /** A handler that neither ends nor calls `progress()` for this long has failed. */
  readonly handlerTimeoutMs?: number;
  /** Records a handler gets at once, where its `@EventPattern` does not say. */
  readonly maxRecords?: number;
  /** How long `close` waits for running handlers. */
  readonly drainMs?: number;
}

const MAX_RECORDS = 500;
const MAX_BYTES = 8 * 1024 * 1024;
const DRAIN_MS = 6_000;

/**
 * Nest's way in for the event log. `@EventPattern` handlers get batches and are awaited; progress is stored last. A handler
 * that fails is tried again; what fails for good is found by halving the batch and dead-lettered alone. An app whose
 * topics and handlers do not match is not started, because a topic nobody handles is a topic that is lost.
 */
export class LogServer extends Server implements CustomTransportStrategy {
  override readonly transportId: symbol;
  private readonly stopping = new AbortController();
  private subscription: Subscription | undefined;

  constructor(private readonly options: LogServerOptions) {
    super();
    this.transportId = options.transport;
  }

  get group(): string {
    return this.options.group ?? `parley.${this.options.app}`;
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      const topics = this.handledTopics();
      const handling = new BatchHandling({ ...this.options, stopping: this.stopping.signal });
      this.subscription = await this.options.log.consume({
        topics: [...topics.keys()],
        group: this.group,
        maxRecords: Math.max(...[...topics.values()].map((target) => target.maxRecords)),
        maxBytes: MAX_BYTES,
        handler: (batch, context) => this.onBatch(topics, handling, batch, context),
      });
    } catch (error) {
      callback(error);
      return;
    }
    callback();
  }

  /** Waits for running handlers; what waits for a retry is given back. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.subscription?.stop(this.options.drainMs ?? DRAIN_MS);
    this.subscription = undefined;
  }

  on(): never {
    throw new ParleyError('no-such-events', 'The event log has no events of its own: ask health()');
  }

  unwrap<T>(): T {
    return this.options.log as T;
  }

  private async onBatch(
    topics: ReadonlyMap<string, HandledTopic>,
    handling: BatchHandling,
    batch: Batch,
    context: BatchContext,
  ): Promise<void> {
    const target = topics.get(batch.topic);
    if (!target) throw new ParleyError('no-handler', `${this.options.app} has no handler for ${batch.topic}`);
    await handling.handle(target, batch, context);
  }

  /** @throws ParleyError naming every mismatch at once. */
  private handledTopics(): Map<Topic, HandledTopic> {
    const handled = new Map<Topic, HandledTopic>();
    const problems: string[] = [];
    for (const [pattern, handler] of this.messageHandlers) {
      const problem = problemOf(pattern, handler);
      if (problem) problems.push(problem);
      else handled.set(pattern as Topic, { topic: pattern as Topic, handler, maxRecords: this.maxRecordsOf(handler) });
    }
    for (const topic of this.options.topics ?? []) {
      if (!this.messageHandlers.has(topic)) problems.push(`${topic} has no handler`);
    }
    if (this.messageHandlers.size === 0) problems.push('there is no handler at all');
    if (problems.length > 0)
      throw new ParleyError('handlers-mismatch', `${this.options.app} cannot be started: ${problems.join('; ')}`);
    return handled;
  }

  private maxRecordsOf(handler: MessageHandler): number {
    const extras = (handler.extras?.['extras'] ?? handler.extras) as { maxRecords?: number } | undefined;
    return extras?.maxRecords ?? this.options.maxRecords ?? MAX_RECORDS;
  }
}

function problemOf(pattern: string, handler: MessageHandler): string | null {
  if (!(topicNames as readonly string[]).includes(pattern)) return `${pattern} is not a topic`;
  if (!handler.isEventHandler) return `${pattern} has a @MessagePattern: the log answers nobody`;
  if (handler.next) return `${pattern} has two handlers: one handler per topic and app`;
  return null;
}

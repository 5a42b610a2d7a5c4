import { ParleyError } from '@parley/model';
import { EmbeddedEventLog } from './embedded/embedded-event-log';
import type { KafkaSettings } from './kafka/client';
import { KafkaEventLog } from './kafka/kafka-event-log';
import type { LogDatabase, LogLogger } from './log-database';
import type { EventLog } from './port';

export interface EventLogOptions {
  /** `embedded`: in the given Postgres. `distributed`: Kafka, with the progress of groups in the given Postgres. */
  readonly mode: 'embedded' | 'distributed';
  /** Migrated with `logMigrations`, in both modes. */
  readonly database: LogDatabase;
  readonly logger: LogLogger;
  /** Needed in distributed mode. */
  readonly kafka?: KafkaSettings;
  /** After this long without a word a member is taken for dead and its partitions go to others. */
  readonly sessionTimeoutMs?: number;
  /** Handlers of one group that run at once in this process, each on a partition of its own. */
  readonly concurrency?: number;
  /** An append that got no answer for this long is rejected with `LogUnavailableError`. */
  readonly appendTimeoutMs?: number;
  /** The log cannot go on in this process: end it with a failure. Called once. */
  onDead?(error: Error): void;
}

export async function openEventLog(options: EventLogOptions): Promise<EventLog> {
  if (options.mode === 'embedded') return new EmbeddedEventLog(options);
  if (!options.kafka) throw new ParleyError('no-brokers', 'The distributed log needs the addresses of Kafka brokers');
  return new KafkaEventLog(options, options.kafka);
}

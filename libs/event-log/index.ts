export { appendEntries, type EntryBatch, type EntryRecord, type NewEntry } from './entries';
export { FencedError, LogUnavailableError, RecordRefusedError } from './errors';
export type { KafkaSettings } from './kafka/client';
export { partitionOf } from './key-partition';
export type { LogDatabase, LogLogger } from './log-database';
export { logMigrations } from './migrations';
export { type EventLogOptions, openEventLog } from './open';
export type {
  Batch,
  BatchContext,
  ConsumeOptions,
  EventLog,
  LogHealth,
  LogRecord,
  PartitionExtent,
  StoredRecord,
  Subscription,
  TopicConfig,
  TransactionQuery,
} from './port';
export type { HandlingHooks } from './server/batch-handling';
export { connectLogServer } from './server/connect';
export { LogServer, type LogServerOptions } from './server/log-server';
export { backoff, type RetryPolicy } from './server/retry';
export { defaultTopics } from './topics';
export { inTrace, type TraceHeaders, traceHeaders, traceOf } from './tracing';

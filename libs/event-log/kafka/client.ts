import { Kafka, logLevel, type SASLOptions } from 'kafkajs';
import type { LogLogger } from '../log-database';
import { stopIdleLoop } from './idle-loop';

export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: boolean;
  readonly sasl?: { readonly mechanism: string; readonly username: string; readonly password: string };
  /** Copies of each new topic; default 1. */
  readonly replicas?: number;
}

/** `connectRetries`: how often a broker is asked again before the question fails. */
export function createKafka(settings: KafkaSettings, logger: LogLogger, connectRetries: number): Kafka {
  stopIdleLoop();
  return new Kafka({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    ssl: settings.ssl ?? false,
    ...(settings.sasl ? { sasl: settings.sasl as SASLOptions } : {}),
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { retries: connectRetries, initialRetryTime: 100, maxRetryTime: 2_000 },
    logLevel: logLevel.WARN,
    // It reports each rebalance and each refused connection as an error. What matters of it we find out and say ourselves.
    logCreator:
      () =>
      ({ namespace, log: { message, error } }) =>
        logger.debug({ kafka: namespace, error }, message),
  });
}

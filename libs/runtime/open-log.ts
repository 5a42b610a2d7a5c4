import { type EventLog, openEventLog } from '@parley/event-log';
import type { Config } from './config/config';
import type { Database } from './database/database';
import type { Logger } from './logger';

/** The log of these settings. `onDead`: it cannot go on in this process. */
export function openLog(
  config: Config,
  database: Database,
  logger: Logger,
  onDead: (error: Error) => void = () => undefined,
): Promise<EventLog> {
  const { mode, kafkaBrokers, kafkaSecurity } = config;
  const kafka = kafkaBrokers && {
    brokers: kafkaBrokers,
    clientId: 'parley',
    ssl: kafkaSecurity.ssl,
    sasl: kafkaSecurity.sasl,
    replicas: config.log.replicas,
  };
  return openEventLog({ mode, database, logger, onDead, ...(kafka ? { kafka } : {}) });
}

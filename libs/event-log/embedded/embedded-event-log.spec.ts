import { setTimeout as pause } from 'node:timers/promises';
import { createLogger } from '@parley/runtime';
import { startTestDatabase } from '../../../test/support/postgres';
import type { LogDatabase } from '../log-database';
import { logMigrations } from '../migrations';
import { type EventLogOptions, openEventLog } from '../open';
import { EffectsTable1700000000001, type LogFixture, testEventLog } from '../testing';

const SESSION_TIMEOUT_MS = 2_000;
const logger = createLogger({ name: 'test', level: (process.env['LOG_LEVEL'] as 'silent') ?? 'silent' });

testEventLog('Postgres', async (): Promise<LogFixture> => {
  const test = await startTestDatabase({ migrations: { log: logMigrations, contract: [EffectsTable1700000000001] } });
  const open = (options: Partial<EventLogOptions> = {}) =>
    openEventLog({ mode: 'embedded', database: test.database, logger, sessionTimeoutMs: SESSION_TIMEOUT_MS, ...options });
  return {
    open,
    openPausing: (pauseMs) => open({ database: pausing(test.database, pauseMs) }),
    database: test.database,
    child: { mode: 'embedded', databaseUrl: test.url, sessionTimeoutMs: SESSION_TIMEOUT_MS },
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    tearDown: () => test.stop(),
  };
});

/** Every transaction waits between its last statement and its commit. */
const pausing = (database: LogDatabase, pauseMs: () => number): LogDatabase => ({
  transaction: (scope, work) =>
    database.transaction(scope, async (client) => {
      const result = await work(client);
      await pause(pauseMs());
      return result;
    }),
  query: (scope, sql, params) => database.query(scope, sql, params),
  listen: (channel, onPayload) => database.listen(channel, onPayload),
  notify: (channel, payload) => database.notify(channel, payload),
});

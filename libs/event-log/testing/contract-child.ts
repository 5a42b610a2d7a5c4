// A member of a consumer group in a process of its own, for the contract test to kill and to freeze. Told what to do by the
// environment; says `ready`, `batch`, `done` and `failed <name>` on standard output.
import { setTimeout as pause } from 'node:timers/promises';
import { createLogger, openDatabase } from '@parley/runtime';
import { openEventLog } from '../open';
import { type ChildTask, storeEffects } from './fixture';

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const task = JSON.parse(process.env['PARLEY_CONTRACT_TASK'] ?? '{}') as ChildTask;
  const log = createLogger({ name: 'child', level: 'silent' });
  const database = await openDatabase({ url: task.databaseUrl, role: null, log });
  const eventLog = await openEventLog({
    mode: task.mode,
    database,
    logger: log,
    sessionTimeoutMs: task.sessionTimeoutMs,
    ...(task.kafkaBrokers ? { kafka: { brokers: task.kafkaBrokers, clientId: 'parley-contract-child' } } : {}),
  });
  await eventLog.consume({
    topics: [task.topic],
    group: task.group,
    maxRecords: 20,
    maxBytes: 1_000_000,
    async handler({ topic, partition, records }, context) {
      say('batch');
      try {
        await database.transaction('*', async (client) => {
          const offsets = records.map((record) => String(record.offset));
          await client.query(storeEffects, [topic, partition, offsets, records.map((record) => record.key), 'child']);
          await pause(task.holdMs);
          await context.commitIn((sql, params) => client.query(sql, [...params]));
        });
        say('done');
      } catch (error) {
        say(`failed ${(error as Error).name}`);
        throw error;
      }
    },
  });
  say('ready');
}

void main().catch((error: Error) => {
  say(`failed ${error.message}`);
  process.exit(1);
});

import 'reflect-metadata';
import { say } from '@parley/runtime';
import { command, readArguments, UsageError } from './operations/command';
import { moveToKafka } from './operations/move/move';
import { readConfig } from './operations/place';

/** `npm run move-to-kafka`: from the log in PostgreSQL to Kafka, with nothing lost. KAFKA_BROKERS and DATABASE_URL say where to. */
void command('KAFKA_BROKERS=... DATABASE_URL=... npm run move-to-kafka', async (args) => {
  if (readArguments(args, []).words.length > 0) throw new UsageError('There is nothing to name.');
  const { backupFile, records, events } = await moveToKafka({ progress: say });
  const { dataDir, media } = readConfig();
  const entries = Object.values(records).reduce((sum, count) => sum + count, 0);
  say(`Moved ${entries} entries; ${events} events follow to parley.events once Parley runs.`);
  say('From now on every process needs:');
  say('  KAFKA_BROKERS, DATABASE_URL   as they were given now');
  say(
    `  PARLEY_SECRET_KEY             ${process.env['PARLEY_SECRET_KEY'] ? 'as it was given now' : `what is in ${dataDir}/secret.key`}`,
  );
  if (media.kind === 'directory')
    say(
      `  PARLEY_S3_BUCKET ...          a store that holds the files of ${media.dir}, or PARLEY_MEDIA_DIR on a disk that all share`,
    );
  if (backupFile) say(`The house as it was is in ${backupFile}; the database in ${dataDir}/postgres is not used any more.`);
});

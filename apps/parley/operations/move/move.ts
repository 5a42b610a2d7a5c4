import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultTopics, type EventLog, LogUnavailableError, type PartitionExtent } from '@parley/event-log';
import { ParleyError } from '@parley/model';
import { type Config, createLogger, type Logger, openDatabase, openLog, startEmbeddedPostgres } from '@parley/runtime';
import type { Client } from 'pg';
import { backup } from '../backup/backup';
import { restore } from '../backup/restore';
import { connect } from '../database/connect';
import { readConfig } from '../place';
import { type Beginning, copyTopic } from './copy-log';

export interface MoveResult {
  /** Made on the way, when the house lived in an embedded database. */
  readonly backupFile: string | null;
  readonly records: Readonly<Record<string, number>>;
  readonly events: number;
}

export interface MoveOptions {
  readonly env?: NodeJS.ProcessEnv;
  progress?(line: string): void;
}

const LOG_CLOSE_MS = 5_000;
const NEW_TOPIC_MS_MAX = 30_000;
const NEW_TOPIC_LOOK_MS = 200;

/**
 * Moves a stopped house from the log in Postgres to Kafka, under the settings it is to have from now on. One that lives in
 * an embedded database is brought to DATABASE_URL first. Nothing is lost: what no one has handled yet is copied with the rest,
 * in order, and the groups go on at it. Until the last step, which is one transaction, the old log is as it was.
 * @throws ParleyError saying what to do.
 */
export async function moveToKafka({ env = process.env, progress = () => undefined }: MoveOptions = {}): Promise<MoveResult> {
  const config = readConfig(env);
  if (!config.kafkaBrokers || !config.databaseUrl) {
    throw new ParleyError('no-kafka', 'Set KAFKA_BROKERS and DATABASE_URL to where Parley is to live from now on');
  }
  const log = createLogger({ name: 'move', level: 'warn' });
  const client = await connect(config.databaseUrl);
  try {
    const backupFile = (await holdsHouse(client)) ? null : await bringOver(config, env, log, progress);
    await assertQuiet(client);
    const { records, events } = await moveLog(client, config, config.databaseUrl, log, progress);
    return { backupFile, records, events };
  } finally {
    await client.end();
  }
}

async function holdsHouse(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('conversations.merchants') IS NOT NULL AS there`);
  return rows[0]?.there === true && ((await client.query('SELECT FROM conversations.merchants LIMIT 1')).rowCount ?? 0) > 0;
}

/** From the data folder into the database of DATABASE_URL, by a backup that stays. */
async function bringOver(config: Config, env: NodeJS.ProcessEnv, log: Logger, progress: (line: string) => void): Promise<string> {
  const { dataDir } = config;
  const embedded = { ...env, KAFKA_BROKERS: '' };
  const file = join(dataDir, `before-kafka-${new Date().toISOString().replace(/[:.]/g, '-')}.tar.gz`);
  progress(`Bringing the database of ${dataDir} to DATABASE_URL`);
  // Ours alone meanwhile: nothing is appended behind the backup.
  const postgres = await startEmbeddedPostgres({ dataDir, log });
  try {
    await backup(file, { ...embedded, DATABASE_URL: '' });
  } finally {
    await postgres.stop();
  }
  await restore(file, { env: embedded });
  return file;
}

/** A Parley that reads the log says every few seconds that it lives. */
async function assertQuiet(client: Client): Promise<void> {
  const { rowCount } = await client.query(`SELECT FROM log.members WHERE seen_at > now() - interval '10 seconds'`);
  if (rowCount)
    throw new ParleyError('house-at-work', 'Parley is running on this database: stop it, and try again ten seconds later');
  const { rows } = await client.query<{ records: string }>('SELECT count(*) AS records FROM log.partitions');
  if (rows[0]?.records === '0') throw new ParleyError('moved', 'There is no log in this database: it was moved already');
}

async function moveLog(
  client: Client,
  config: Config,
  url: string,
  log: Logger,
  progress: (line: string) => void,
): Promise<Pick<MoveResult, 'records' | 'events'>> {
  const database = await openDatabase({ url, role: null, log, connectionsMax: 2 });
  const kafka = await openLog(config, database, log);
  try {
    const topics = defaultTopics({ partitions: config.log.partitions, retentionMs: config.log.retentionMs });
    await kafka.ensureTopics(topics);
    for (const { name } of topics) {
      if ((await extentOfNew(kafka, name)).every(({ next }) => next === 0n)) continue;
      throw new ParleyError(
        'topic-not-empty',
        `Kafka's topic ${name} holds something already: delete Kafka's topics, and try again`,
      );
    }
    await client.query('BEGIN');
    // Whoever starts a Parley now waits, and then finds that there is no log here any more.
    await client.query('LOCK TABLE log.partitions, log.offsets IN ACCESS EXCLUSIVE MODE');
    const records: Record<string, number> = {};
    const beginnings: Beginning[] = [];
    for (const { name } of topics) {
      const copied = await copyTopic(client, kafka, name);
      records[name] = copied.records;
      beginnings.push(...copied.beginnings);
      progress(`${name}: ${copied.records} entries`);
    }
    const events = await turnOver(client, beginnings);
    await client.query('COMMIT');
    return { records, events };
  } finally {
    await kafka.close(LOG_CLOSE_MS);
    await database.close();
  }
}

/** A topic that was made a moment ago has brokers that do not know of it yet. */
async function extentOfNew(kafka: EventLog, topic: string): Promise<readonly PartitionExtent[]> {
  for (const giveUpAt = Date.now() + NEW_TOPIC_MS_MAX; ; await pause(NEW_TOPIC_LOOK_MS)) {
    try {
      return await kafka.extent(topic);
    } catch (error) {
      if (!(error instanceof LogUnavailableError) || Date.now() > giveUpAt) throw error;
    }
  }
}

/** The groups go on in Kafka, the old log ends, and all events there were go to their topic. @returns how many events. */
async function turnOver(client: Client, beginnings: readonly Beginning[]): Promise<number> {
  await client.query('TRUNCATE log.offsets, log.records, log.partitions, log.topics, log.members');
  await client.query(
    `INSERT INTO log.offsets (group_name, topic, partition, next_offset)
     SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::bigint[])`,
    [
      beginnings.map(({ group }) => group),
      beginnings.map(({ topic }) => topic),
      beginnings.map(({ partition }) => partition),
      beginnings.map(({ nextOffset }) => String(nextOffset)),
    ],
  );
  const { rowCount } = await client.query(
    `INSERT INTO conversations.outbox (merchant_id, position)
     SELECT merchant_id, position FROM conversations.events e
     WHERE NOT EXISTS (SELECT FROM conversations.outbox o WHERE (o.merchant_id, o.position) = (e.merchant_id, e.position))
     ORDER BY merchant_id, position`,
  );
  return rowCount ?? 0;
}

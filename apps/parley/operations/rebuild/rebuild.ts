import { ParleyError } from '@parley/model';
import { createLogger, type Database, type Logger, migrate, openDatabase, openLog, startEmbeddedPostgres } from '@parley/runtime';
import type { Client } from 'pg';
import { migrationSets } from '../../apps';
import { connect } from '../database/connect';
import { CopyIn, copyOut } from '../database/copy';
import { migrationsDone, type Table, tablesOf, unguarded } from '../database/tables';
import { readConfig } from '../place';
import { compareViews, type TableComparison } from './compare';
import { keep } from './keep';
import { assertWhole, extentsOf, readAll } from './read-log';
import { replay } from './replay';
import { withScratchDatabase } from './scratch';
import { PLACES, PROGRESS, STAGE, settleStage, stageBatch, stageNotes, VIEW_TOPICS } from './stage';
import { unknownColumns, viewTables } from './view-tables';

export interface RebuildResult {
  readonly entries: number;
  /** Entries that could not be taken in, as the dead letters tell. */
  readonly refused: number;
  readonly tables: readonly TableComparison[];
  /** Was the view replaced? */
  readonly written: boolean;
}

export interface RebuildOptions {
  /** Put the rebuilt view in the place of the one that is. Default: only look. */
  readonly write?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  progress?(line: string): void;
}

const LOG_CLOSE_MS = 5_000;

/**
 * Makes the view (conversations, messages, contacts ...) anew from the log, in a database beside, and compares the two row by
 * row. With `write` it replaces the old view in one transaction. Parley has to be stopped meanwhile; what is appended waits.
 * @throws ParleyError saying what to do.
 */
export async function rebuild(options: RebuildOptions = {}): Promise<RebuildResult> {
  const config = readConfig(options.env);
  const log = createLogger({ name: 'rebuild', level: 'warn' });
  // Nobody else may work on an embedded database meanwhile: this is the one Parley of the folder.
  const postgres = config.databaseUrl ? undefined : await startEmbeddedPostgres({ dataDir: config.dataDir, log });
  const url = config.databaseUrl ?? postgres?.url ?? '';
  try {
    const database = await openDatabase({ url, role: null, log, connectionsMax: 8 });
    const eventLog = await openLog(config, database, log);
    const house = await connect(url);
    try {
      await assertKnown(house);
      const extents = await extentsOf(eventLog, VIEW_TOPICS);
      assertWhole(extents);
      return await withScratchDatabase(url, async (scratchUrl, scratch) => {
        const before = await standOf(house);
        await prepare(house, scratch, scratchUrl, log);
        options.progress?.('Reading the log');
        await readAll(eventLog, database, extents, (batch) => stageBatch(scratch, batch));
        await stageNotes(scratch);
        await settleStage(scratch);
        options.progress?.('Making the view anew');
        const { taken, refused } = await replayInto(scratch, scratchUrl, log);
        await keep(scratch);
        options.progress?.('Comparing');
        const tables = await compareViews(scratch);
        await house.query('BEGIN');
        if (options.write) await replace(house, scratch);
        if ((await standOf(house)) !== before)
          throw new ParleyError('house-at-work', 'Parley went on working meanwhile: stop it, and try again');
        await house.query('COMMIT');
        return { entries: taken, refused, tables, written: options.write === true };
      });
    } finally {
      await house.end();
      await eventLog.close(LOG_CLOSE_MS);
      await database.close();
    }
  } finally {
    await postgres?.stop();
  }
}

async function assertKnown(house: Client): Promise<void> {
  const done = await migrationsDone(house);
  const wanted = migrationSets.flatMap(({ name, migrations }) => migrations.filter((one) => !done[name]?.includes(one.name)));
  if (wanted.length > 0)
    throw new ParleyError('not-migrated', 'The database is of an earlier version: start Parley once, and stop it again');
  const columns = new Map((await viewTablesOf(house)).map((table) => [table.name, table.columns]));
  const unknown = unknownColumns(columns);
  if (unknown.length > 0) {
    throw new ParleyError(
      'unknown-columns',
      `A rebuild does not know where these come from: ${unknown.join(', ')} (view-tables.ts)`,
    );
  }
}

async function viewTablesOf(client: Client): Promise<Table[]> {
  const names = viewTables.map(({ name }) => name);
  return (await tablesOf(client, ['conversations'])).filter(({ name }) => names.includes(name));
}

/** Changes whenever the view does: how far it has read, and how many events it has told. */
async function standOf(house: Client): Promise<string> {
  const { rows } = await house.query<{ stand: string }>(
    `SELECT concat(
       (SELECT string_agg(concat_ws('/', topic, partition, next_offset), ' ' ORDER BY topic, partition)
        FROM log.offsets WHERE group_name = 'parley.conversations'), ' ',
       (SELECT string_agg(concat_ws('/', id, next_event), ' ' ORDER BY id) FROM conversations.merchants)) AS stand`,
  );
  return rows[0]?.stand ?? '';
}

/** The scratch database: tables as the house has them, the view as it was beside them, and room for the log. */
async function prepare(house: Client, scratch: Client, scratchUrl: string, log: Logger): Promise<void> {
  await migrate(scratchUrl, migrationSets, log);
  await scratch.query(STAGE);
  await scratch.query('CREATE SCHEMA before');
  for (const table of await viewTablesOf(house)) {
    await scratch.query(`CREATE TABLE before.${table.name} (LIKE conversations.${table.name} INCLUDING INDEXES)`);
    await copy(house, table, scratch, { ...table, schema: 'before' });
  }
  await copy(house, PLACES, scratch, { schema: 'stage', name: 'places', columns: ['event_id', 'position'] });
  await copy(house, PROGRESS, scratch, { schema: 'stage', name: 'progress', columns: ['topic', 'partition', 'next_offset'] });
  await scratch.query('ANALYZE');
}

async function replayInto(scratch: Client, scratchUrl: string, log: Logger): Promise<{ taken: number; refused: number }> {
  const database: Database = await openDatabase({ url: scratchUrl, role: null, log, connectionsMax: 4 });
  try {
    return await replay(scratch, database);
  } finally {
    await database.close();
  }
}

/** In the caller's transaction: whoever reads sees the old view or the new one. */
async function replace(house: Client, scratch: Client): Promise<void> {
  const tables = await viewTablesOf(house);
  await house.query(`LOCK TABLE ${tables.map(({ name }) => `conversations.${name}`).join(', ')} IN ACCESS EXCLUSIVE MODE`);
  await unguarded(house, tables, async () => {
    await house.query(`TRUNCATE ${tables.map(({ name }) => `conversations.${name}`).join(', ')}`);
    for (const table of tables) await copy(scratch, table, house, table);
  });
}

async function copy(from: Client, source: Table | string, to: Client, target: Table): Promise<void> {
  const into = CopyIn.into(to, target);
  for await (const chunk of copyOut(from, source)) await into.write(chunk);
  await into.end();
}

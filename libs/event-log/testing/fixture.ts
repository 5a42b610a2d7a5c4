import type { EventLogOptions } from '../open';
import type { EventLog } from '../port';

/** What the contract test needs to know of the store behind a log. */
export interface LogFixture {
  /** Opens the log as another process would: nothing is shared but the store. */
  open(options?: Partial<EventLogOptions>): Promise<EventLog>;
  /** Opens one whose appends pause between their insert and their commit, where the store lets us. */
  openPausing(pauseMs: () => number): Promise<EventLog>;
  readonly database: EventLogOptions['database'];
  /** For a process of the test's own that opens the same log: see contract-child.ts. */
  readonly child: ChildSettings;
  readonly sessionTimeoutMs: number;
  tearDown(): Promise<void>;
}

export interface ChildSettings {
  readonly mode: EventLogOptions['mode'];
  readonly databaseUrl: string;
  readonly kafkaBrokers?: readonly string[];
  readonly sessionTimeoutMs: number;
}

export interface ChildTask extends ChildSettings {
  readonly topic: string;
  readonly group: string;
  /** Between the effect and its commit. */
  readonly holdMs: number;
}

/** Where handlers of the contract leave their effect: a record handled twice is a conflict. */
export const effectsTable = `
CREATE SCHEMA contract;
CREATE TABLE contract.effects (
  topic text, partition integer, "offset" bigint, key text, handled_by text, handled_at timestamptz DEFAULT clock_timestamp(),
  PRIMARY KEY (topic, partition, "offset")
);`;

export class EffectsTable1700000000001 {
  async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query(effectsTable);
  }

  async down(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
    await runner.query('DROP SCHEMA contract CASCADE');
  }
}

export const storeEffects = `
INSERT INTO contract.effects (topic, partition, "offset", key, handled_by)
SELECT $1, $2, r."offset", r.key, $5 FROM unnest($3::bigint[], $4::text[]) AS r ("offset", key)`;

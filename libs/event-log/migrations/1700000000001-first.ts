import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
CREATE SCHEMA IF NOT EXISTS log;

CREATE TABLE log.topics (
  name text PRIMARY KEY,
  partitions integer NOT NULL,
  -- Null: kept for ever.
  retention_ms bigint,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- An append takes its offsets by updating "next_offset" in its own transaction. The row lock is the fence: no later offset
-- can be committed before an earlier one, so a reader never passes an entry that is not committed yet, and there are no gaps.
CREATE TABLE log.partitions (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL REFERENCES log.topics,
  partition integer NOT NULL,
  next_offset bigint NOT NULL DEFAULT 0,
  UNIQUE (topic, partition)
) WITH (fillfactor = 20);

CREATE TABLE log.records (
  partition_id integer NOT NULL,
  "offset" bigint NOT NULL,
  -- Bytes, because an account's own ids may hold what text cannot (U+0000).
  key bytea NOT NULL,
  value bytea NOT NULL,
  -- json, not jsonb, for the same reason. Null: none.
  headers json,
  appended_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (partition_id, "offset")
);

-- How far each group has come, in both kinds of log. A handler updates it in the transaction that carries its effect.
-- "generation" grows with each owner: a commit of an earlier one finds no row.
CREATE TABLE log.offsets (
  group_name text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  next_offset bigint NOT NULL,
  owner text,
  generation bigint NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (group_name, topic, partition)
) WITH (fillfactor = 20);

-- Who is alive. Unlogged: after a crash of the database nobody is, until they say so again; and a sign of life costs no flush.
CREATE UNLOGGED TABLE log.members (
  group_name text NOT NULL,
  member_id text NOT NULL,
  topics text[] NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (group_name, member_id)
) WITH (fillfactor = 20);
`;

/** The log is the pipeline's. Offsets are numbers only, and a handler commits them in whatever transaction it has. */
const rowLevelSecurity = `
ALTER TABLE log.records ENABLE ROW LEVEL SECURITY;
ALTER TABLE log.records FORCE ROW LEVEL SECURITY;
CREATE POLICY pipeline ON log.records
  USING (current_setting('parley.merchant_id', true) = '*')
  WITH CHECK (current_setting('parley.merchant_id', true) = '*');
`;

/** These small tables change all the time: dead rows must not pile up between two rounds of cleaning. */
const autovacuum = ['partitions', 'offsets', 'members']
  .map((table) => `ALTER TABLE log.${table} SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);`)
  .join('\n');

export class First1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(rowLevelSecurity);
    await runner.query(autovacuum);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE log.members, log.offsets, log.records, log.partitions, log.topics');
  }
}

import { merchantPolicies } from '@parley/runtime';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What channels said is kept as json, not jsonb: it is read as a whole, and takes any text there is. */
const tables = `
CREATE SCHEMA IF NOT EXISTS ingest;

-- How far each poller and stream has come. "fence" is that of the lease under which it reads: an earlier reader's is refused.
CREATE TABLE ingest.cursors (
  merchant_id text NOT NULL,
  account_id text NOT NULL,
  receiver text NOT NULL,
  -- Null before the very first round.
  cursor json,
  fence bigint NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (merchant_id, account_id, receiver)
);

-- Whether reading works, by receiver. What is worst is the account's health.
CREATE TABLE ingest.account_health (
  merchant_id text NOT NULL,
  account_id text NOT NULL,
  receiver text NOT NULL,
  -- healthy | degraded | unauthorized
  state text NOT NULL,
  reason text,
  -- Since when.
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (merchant_id, account_id, receiver)
);

-- "Something changed there": what is still to be read.
CREATE TABLE ingest.notices (
  merchant_id text NOT NULL,
  account_id text NOT NULL,
  id text NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  entry json NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (merchant_id, id)
);
CREATE INDEX notices_by_account ON ingest.notices (account_id, position);
`;

export class First1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(merchantPolicies('ingest', ['cursors', 'account_health', 'notices']));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA ingest CASCADE');
  }
}

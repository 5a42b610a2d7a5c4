import { merchantPolicies } from '@parley/runtime';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What channels and customers said is kept as json, not jsonb: it is read as a whole, and takes any text there is. */
const tables = `
CREATE SCHEMA IF NOT EXISTS deliver;

-- One row per message and attempt that is to leave. Rows of a conversation leave in the order of "position".
CREATE TABLE deliver.jobs (
  merchant_id text NOT NULL,
  message_id text NOT NULL,
  attempt integer NOT NULL,
  position bigint GENERATED ALWAYS AS IDENTITY,
  conversation_id text NOT NULL,
  account_id text NOT NULL,
  channel text NOT NULL,
  -- Null: cancelled before it came.
  entry json,
  -- waiting | done
  state text NOT NULL DEFAULT 'waiting',
  -- sent | failed | uncertain | cancelled, once done
  outcome text,
  -- From here on it can no longer be cancelled: a request may be on its way.
  begun_at timestamptz,
  due_at timestamptz NOT NULL DEFAULT now(),
  -- Of all its requests: how many ended without an answer either way.
  tries integer NOT NULL DEFAULT 0,
  error json,
  -- What the buyer does not get as it was meant, in words for the agent.
  losses json,
  -- The end is in the log; an unreported one is told again.
  reported boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (merchant_id, message_id, attempt)
);
CREATE INDEX jobs_waiting ON deliver.jobs (account_id, conversation_id, position) WHERE state = 'waiting';
CREATE INDEX jobs_unreported ON deliver.jobs (account_id) WHERE state = 'done' AND NOT reported;

-- The ledger: every request that brings a message to the buyer, written down before it is sent.
CREATE TABLE deliver.requests (
  merchant_id text NOT NULL,
  message_id text NOT NULL,
  attempt integer NOT NULL,
  index integer NOT NULL,
  request json NOT NULL,
  -- pending | sending | sent | failed | uncertain
  state text NOT NULL DEFAULT 'pending',
  external_id text,
  result json,
  error json,
  -- How often it was begun. The end of a try is written by the one who began it.
  begun integer NOT NULL DEFAULT 0,
  -- Tries that ended without an answer either way; a throttled one does not count.
  tries integer NOT NULL DEFAULT 0,
  -- How often the channel was asked whether it has arrived.
  looks integer NOT NULL DEFAULT 0,
  started_at timestamptz,
  finished_at timestamptz,
  PRIMARY KEY (merchant_id, message_id, attempt, index)
);

-- What is true of an account's sending as a whole.
CREATE TABLE deliver.accounts (
  merchant_id text NOT NULL,
  account_id text NOT NULL,
  -- Of the lease under which it is sent for: what an earlier owner would begin is refused.
  fence bigint NOT NULL,
  -- Nothing leaves until then, and why.
  paused_until timestamptz,
  error json,
  PRIMARY KEY (merchant_id, account_id)
);
`;

export class First1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(merchantPolicies('deliver', ['jobs', 'requests', 'accounts']));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA deliver CASCADE');
  }
}

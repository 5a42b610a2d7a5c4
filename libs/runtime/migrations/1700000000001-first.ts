import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
CREATE TABLE runtime.leases (
  name text PRIMARY KEY,
  holder text NOT NULL,
  -- Grows with each owner: a late write of an earlier one is told by it.
  fence bigint NOT NULL,
  expires_at timestamptz NOT NULL
);

-- Tokens that change at run time. The row lock is the lock of a renewal.
CREATE TABLE runtime.credentials (
  account_id text PRIMARY KEY,
  -- AES-256-GCM envelope of their JSON; null before the first renewal.
  sealed bytea,
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- What was said once and is not to be said again, such as a generated key.
CREATE TABLE runtime.announcements (
  name text PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now()
);

-- No merchant's transaction has business here: only the pipeline's.
ALTER TABLE runtime.credentials ENABLE ROW LEVEL SECURITY;
ALTER TABLE runtime.credentials FORCE ROW LEVEL SECURITY;
CREATE POLICY pipeline ON runtime.credentials
  USING (current_setting('parley.merchant_id', true) = '*')
  WITH CHECK (current_setting('parley.merchant_id', true) = '*');
`;

export class First1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE runtime.announcements, runtime.credentials, runtime.leases');
  }
}

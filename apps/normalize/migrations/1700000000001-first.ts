import { merchantPolicies } from '@parley/runtime';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
CREATE SCHEMA IF NOT EXISTS normalize;

-- Names of threads, for channels that have no thread id of their own. Written once, never changed.
CREATE TABLE normalize.threads (
  merchant_id text NOT NULL,
  account_id text NOT NULL,
  alias text NOT NULL,
  conversation_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, alias)
);
`;

export class First1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(merchantPolicies('normalize', ['threads']));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA normalize CASCADE');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
-- In which trace the last message of a conversation came, for an hour. Unlogged: lost with a crash, and no loss.
CREATE UNLOGGED TABLE runtime.traces (
  conversation_id text PRIMARY KEY,
  -- W3C trace context.
  headers json NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
`;

export class Traces1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE runtime.traces');
  }
}

import { merchantPolicies } from '@parley/runtime';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
CREATE SCHEMA IF NOT EXISTS translate;

-- What a conversation has said so far about its language.
CREATE TABLE translate.threads (
  merchant_id text NOT NULL,
  conversation_id text NOT NULL,
  -- ThreadLanguage of @parley/translation: scores, no text.
  state jsonb NOT NULL,
  -- What the shop reads, as of the last message: edits do not say it.
  merchant_language text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (merchant_id, conversation_id)
);

-- Which edit of a message came when: translations name edits by their place.
CREATE TABLE translate.edits (
  merchant_id text NOT NULL,
  message_id text NOT NULL,
  at text NOT NULL,
  digest text NOT NULL,
  PRIMARY KEY (merchant_id, message_id, at, digest)
);

-- Messages no engine could be had for, until one can or they are too old to matter.
CREATE TABLE translate.retries (
  merchant_id text NOT NULL,
  message_id text NOT NULL,
  -- -1: the message itself.
  edit integer NOT NULL,
  -- InboundJob as JSON: text, because jsonb takes no NUL character, and people send everything.
  job text NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (merchant_id, message_id, edit)
);
CREATE INDEX retries_due ON translate.retries (due_at);
`;

export class First1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(merchantPolicies('translate', ['threads', 'edits', 'retries']));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA translate CASCADE');
  }
}

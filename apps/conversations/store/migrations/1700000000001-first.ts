import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tables keyed by merchant first, so that they can be partitioned or distributed later without a rewrite. */
const tables = `
CREATE SCHEMA IF NOT EXISTS conversations;

CREATE TABLE conversations.merchants (
  id text PRIMARY KEY,
  name text NOT NULL,
  language text NOT NULL,
  region text,
  state text NOT NULL DEFAULT 'active',
  -- Position of the merchant's next event. Its row lock is what makes the event stream gap-free.
  next_event bigint NOT NULL DEFAULT 1,
  glossary_version integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE conversations.api_keys (
  id text PRIMARY KEY,
  merchant_id text NOT NULL REFERENCES conversations.merchants,
  name text NOT NULL,
  prefix text NOT NULL,
  hash bytea NOT NULL UNIQUE,
  scopes text[] NOT NULL,
  account_ids text[],
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);

CREATE TABLE conversations.accounts (
  id text PRIMARY KEY,
  merchant_id text NOT NULL REFERENCES conversations.merchants,
  channel text NOT NULL,
  name text NOT NULL,
  state text NOT NULL DEFAULT 'active',
  -- AES-256-GCM envelope of the settings' JSON.
  settings bytea NOT NULL,
  -- The same with every secret replaced, for showing.
  settings_shown jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX accounts_by_merchant ON conversations.accounts (merchant_id, created_at);

CREATE TABLE conversations.contacts (
  merchant_id text NOT NULL,
  id text NOT NULL,
  name text,
  language text,
  country text,
  time_zone text,
  vip boolean NOT NULL DEFAULT false,
  tags text[] NOT NULL DEFAULT '{}',
  attributes jsonb NOT NULL DEFAULT '{}',
  consent jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (merchant_id, id)
);

CREATE TABLE conversations.contact_identities (
  merchant_id text NOT NULL,
  account_id text NOT NULL,
  address text NOT NULL,
  contact_id text NOT NULL,
  channel text NOT NULL,
  verified boolean NOT NULL DEFAULT false,
  PRIMARY KEY (merchant_id, account_id, address)
);

CREATE TABLE conversations.conversations (
  merchant_id text NOT NULL,
  id text NOT NULL,
  account_id text NOT NULL,
  channel text NOT NULL,
  contact_id text NOT NULL,
  contact_address text NOT NULL,
  subject text,
  state text NOT NULL DEFAULT 'open',
  language text NOT NULL DEFAULT 'und',
  -- A person corrected the language: detection leaves it alone from then on.
  language_fixed boolean NOT NULL DEFAULT false,
  assignee_id text,
  owner_kind text NOT NULL DEFAULT 'none',
  owner_id text,
  owner_generation integer NOT NULL DEFAULT 0,
  tags text[] NOT NULL DEFAULT '{}',
  priority text NOT NULL DEFAULT 'normal',
  orders jsonb NOT NULL DEFAULT '[]',
  unread_count integer NOT NULL DEFAULT 0,
  last_sequence bigint NOT NULL DEFAULT 0,
  last_message jsonb,
  reply_window jsonb NOT NULL,
  -- How to answer: opaque to all but the connector.
  address jsonb NOT NULL,
  clocks jsonb NOT NULL DEFAULT '[]',
  snoozed_until timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, id)
);
CREATE INDEX conversations_by_update ON conversations.conversations (merchant_id, updated_at DESC, id);

CREATE TABLE conversations.messages (
  merchant_id text NOT NULL,
  id text NOT NULL,
  conversation_id text NOT NULL,
  account_id text NOT NULL,
  channel text NOT NULL,
  direction text NOT NULL,
  sequence bigint NOT NULL,
  author jsonb NOT NULL,
  parts jsonb NOT NULL,
  language text NOT NULL DEFAULT 'und',
  translations jsonb NOT NULL DEFAULT '[]',
  translation_status text NOT NULL DEFAULT 'pending',
  reply_to text,
  external_id text,
  client_key text,
  note boolean NOT NULL DEFAULT false,
  automatic boolean NOT NULL DEFAULT false,
  attributes jsonb NOT NULL DEFAULT '{}',
  sent_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  delivery jsonb,
  reactions jsonb NOT NULL DEFAULT '[]',
  edits jsonb NOT NULL DEFAULT '[]',
  recalled_at timestamptz,
  -- Search terms of original and translated text; see search-terms.ts.
  search tsvector,
  PRIMARY KEY (merchant_id, id),
  UNIQUE (merchant_id, conversation_id, sequence)
);
CREATE INDEX messages_by_search ON conversations.messages USING gin (search);

-- One message can leave, or be known to its channel, under several ids.
CREATE TABLE conversations.message_external_ids (
  merchant_id text NOT NULL,
  account_id text NOT NULL,
  external_id text NOT NULL,
  message_id text NOT NULL,
  PRIMARY KEY (merchant_id, account_id, external_id)
);

-- Receipts, reactions, edits and recalls that came before the message they are about.
CREATE TABLE conversations.early (
  merchant_id text NOT NULL,
  account_id text NOT NULL,
  external_id text NOT NULL,
  id text NOT NULL,
  entry jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (merchant_id, account_id, external_id, id)
);

-- The event stream, and the outbox of the topic parley.events where that is Kafka's.
CREATE TABLE conversations.events (
  merchant_id text NOT NULL,
  position bigint NOT NULL,
  id text NOT NULL,
  conversation_id text,
  type text NOT NULL,
  time timestamptz NOT NULL,
  event jsonb NOT NULL,
  PRIMARY KEY (merchant_id, position)
);
CREATE INDEX events_by_conversation ON conversations.events (merchant_id, conversation_id, position);
-- Only rows waiting for Kafka are in here; the embedded mode writes none.
CREATE TABLE conversations.outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  merchant_id text NOT NULL,
  position bigint NOT NULL
);

CREATE TABLE conversations.idempotency_keys (
  merchant_id text NOT NULL,
  key text NOT NULL,
  request_hash bytea NOT NULL,
  status integer,
  response jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (merchant_id, key)
);

CREATE TABLE conversations.glossary (
  merchant_id text NOT NULL,
  id text NOT NULL,
  source text NOT NULL,
  source_language text NOT NULL,
  targets jsonb NOT NULL DEFAULT '{}',
  do_not_translate boolean NOT NULL DEFAULT false,
  forbidden jsonb NOT NULL DEFAULT '{}',
  scope jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (merchant_id, id)
);

CREATE TABLE conversations.dead_letters (
  id text PRIMARY KEY,
  -- Null where the bytes do not even tell whose they are: the operator's.
  merchant_id text,
  account_id text,
  topic text NOT NULL,
  key text NOT NULL,
  headers jsonb NOT NULL,
  value bytea NOT NULL,
  app text NOT NULL,
  reason text NOT NULL,
  at timestamptz NOT NULL,
  replayed_at timestamptz
);
CREATE INDEX dead_letters_by_merchant ON conversations.dead_letters (merchant_id, at DESC, id);
`;

const protectedTables = [
  'accounts',
  'api_keys',
  'contacts',
  'contact_identities',
  'conversations',
  'messages',
  'message_external_ids',
  'early',
  'events',
  'outbox',
  'idempotency_keys',
  'glossary',
  'dead_letters',
];

/**
 * One merchant cannot see another's rows, whatever a query forgets: every transaction says for whom it works
 * (`parley.merchant_id`), `*` being the pipeline, which works for all. Nothing said: nothing seen.
 */
const rowLevelSecurity = protectedTables
  .map(
    (table) => `
ALTER TABLE conversations.${table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations.${table} FORCE ROW LEVEL SECURITY;
CREATE POLICY merchant ON conversations.${table}
  USING (current_setting('parley.merchant_id', true) IN (merchant_id, '*'))
  WITH CHECK (current_setting('parley.merchant_id', true) IN (merchant_id, '*'));`,
  )
  .join('\n');

export class First1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(rowLevelSecurity);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA conversations CASCADE');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every key holds the merchant, so that tables can be partitioned or distributed by it later without a rewrite. Where prepared
 * statements look rows up by key, no second index begins as that key does: a plan made while the table was empty would take the
 * wrong one and keep to it.
 */
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
  -- When the channel said each fact: what is older does not replace it.
  facts_at jsonb NOT NULL DEFAULT '{}',
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
  -- When the channel said each fact (address, reply window, orders, ...): what is older does not replace it.
  facts_at jsonb NOT NULL DEFAULT '{}',
  -- Sequence of the message that said the conversation's language last.
  language_sequence bigint NOT NULL DEFAULT 0,
  -- Replies between "accepted" and an end. While there are any, an echo may be of one of them.
  on_its_way integer NOT NULL DEFAULT 0,
  clocks jsonb NOT NULL DEFAULT '[]',
  snoozed_until timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  -- Id first: it is looked up by that alone (conversation-rows.ts).
  PRIMARY KEY (id, merchant_id)
);
CREATE INDEX conversations_by_update ON conversations.conversations (merchant_id, updated_at DESC, id DESC);
CREATE INDEX conversations_by_state ON conversations.conversations (merchant_id, state, updated_at DESC, id DESC);
CREATE INDEX conversations_by_assignee ON conversations.conversations (merchant_id, assignee_id, updated_at DESC, id DESC)
  WHERE assignee_id IS NOT NULL;
CREATE INDEX conversations_by_account ON conversations.conversations (merchant_id, account_id, updated_at DESC, id DESC);
CREATE INDEX conversations_by_contact ON conversations.conversations (merchant_id, contact_id);
CREATE INDEX conversations_to_wake ON conversations.conversations (snoozed_until) WHERE state = 'snoozed';

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
  -- What a reply was asked to be (language pair, release, ...): what its next attempt starts from.
  outbound jsonb,
  -- How often the channel brought it.
  seen integer NOT NULL DEFAULT 1,
  PRIMARY KEY (merchant_id, id),
  UNIQUE (conversation_id, sequence, merchant_id)
)
-- Receipts and translations rewrite a row several times: room on its page keeps them away from the indexes.
WITH (fillfactor = 70);

-- Ids under which a channel knows a message, where ours is not derived from them: replies, and second ids.
CREATE TABLE conversations.message_external_ids (
  merchant_id text NOT NULL,
  account_id text NOT NULL,
  external_id text NOT NULL,
  message_id text NOT NULL,
  -- The attempt that got it, and its place among the ids of that attempt.
  attempt integer NOT NULL DEFAULT 1,
  place integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (merchant_id, account_id, external_id)
);
CREATE INDEX external_ids_by_message ON conversations.message_external_ids (message_id, merchant_id);

-- What came before that which it is about: receipts, reactions, edits, recalls, translations. See early.ts.
CREATE TABLE conversations.early (
  merchant_id text NOT NULL,
  account_id text NOT NULL,
  -- What it waits for: external:<id>, message:<id>, conversation:<id> or idle:<conversation id>.
  target text NOT NULL,
  id text NOT NULL,
  kind text NOT NULL,
  entry jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (merchant_id, account_id, target, id)
);
CREATE INDEX early_by_age ON conversations.early (created_at);
CREATE INDEX early_echoes ON conversations.early (created_at) WHERE kind = 'echo';

-- Search terms (search-terms.ts), one row per text: what was said, its translations, its edits, the conversation's own facts.
-- Each term begins with a tag of the merchant, so that a look-up touches this merchant's part of the index alone.
CREATE TABLE conversations.search_rows (
  merchant_id text NOT NULL,
  -- Message id; conversation id for subject, buyer and orders.
  subject_id text NOT NULL,
  source text NOT NULL,
  conversation_id text NOT NULL,
  terms tsvector NOT NULL,
  PRIMARY KEY (merchant_id, subject_id, source)
);
CREATE INDEX search_rows_by_terms ON conversations.search_rows USING gin (terms);

-- Text search is not among the operators that Postgres lets an index answer before row-level security has looked at the
-- row ("leakproof"); this function looks at the merchant itself, so that the index can be used. Its owner is the
-- migrating role, which is not the one the apps work as.
CREATE FUNCTION conversations.search(query tsquery, rows_max integer) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT r.conversation_id FROM conversations.search_rows r
  WHERE r.terms @@ query AND r.merchant_id = current_setting('parley.merchant_id', true)
  LIMIT rows_max
$$;

-- The event stream, and the outbox of the topic parley.events where that is Kafka's.
CREATE TABLE conversations.events (
  merchant_id text NOT NULL,
  position bigint NOT NULL,
  id text NOT NULL,
  account_id text,
  conversation_id text,
  type text NOT NULL,
  time timestamptz NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now(),
  -- The CloudEvent as it is served: json, not jsonb, because it is only ever written and read as a whole.
  event json NOT NULL,
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
  partition integer,
  "offset" text,
  key text NOT NULL,
  headers jsonb NOT NULL,
  value bytea NOT NULL,
  app text NOT NULL,
  reason text NOT NULL,
  at timestamptz NOT NULL,
  replayed_at timestamptz
);
CREATE INDEX dead_letters_by_merchant ON conversations.dead_letters (merchant_id, at DESC, id DESC);
CREATE INDEX api_keys_by_merchant ON conversations.api_keys (merchant_id, created_at);
CREATE INDEX contacts_vip ON conversations.contacts (merchant_id, id) WHERE vip;
CREATE INDEX identities_by_contact ON conversations.contact_identities (contact_id, merchant_id);
CREATE INDEX idempotency_by_age ON conversations.idempotency_keys (created_at);
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
const policy = (table: string, column: string, force: boolean) => `
ALTER TABLE conversations.${table} ENABLE ROW LEVEL SECURITY;
${force ? `ALTER TABLE conversations.${table} FORCE ROW LEVEL SECURITY;` : ''}
CREATE POLICY merchant ON conversations.${table}
  USING (current_setting('parley.merchant_id', true) IN (${column}, '*'))
  WITH CHECK (current_setting('parley.merchant_id', true) IN (${column}, '*'));`;

const rowLevelSecurity = [
  ...protectedTables.map((table) => policy(table, 'merchant_id', true)),
  policy('merchants', 'id', true),
  // Not forced on the owner: conversations.search runs as it, and asks for the merchant itself.
  policy('search_rows', 'merchant_id', false),
].join('\n');

export class First1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
    await runner.query(rowLevelSecurity);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA conversations CASCADE');
  }
}

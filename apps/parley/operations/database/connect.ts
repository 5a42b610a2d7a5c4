import { Client } from 'pg';

/** Times and intervals are written in one form, whatever the server is set to. */
const SESSION = [
  'parley.merchant_id=*',
  'statement_timeout=0',
  'idle_in_transaction_session_timeout=0',
  'timezone=UTC',
  'datestyle=ISO',
  'intervalstyle=postgres',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/** One connection as the owner of the tables, for all merchants, with all the time it needs. */
export async function connect(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    application_name: 'parley-operations',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    options: SESSION,
  });
  // A lost connection fails the query under way; that is where it is dealt with.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

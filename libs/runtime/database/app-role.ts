import { type Client, escapeIdentifier } from 'pg';
import type { Logger } from '../logger';

/** The role every query runs as: it owns nothing, so row-level security holds it even where a policy is not forced. */
export const APP_ROLE = 'parley_app';

/** Who may run what the owner could: insufficient_privilege. */
const NOT_PERMITTED = '42501';
const ALREADY_THERE = new Set(['42710', '23505']);

/**
 * Makes the role and grants it the apps' tables, those of today and those to come. Call it with the owner's connection,
 * one process at a time.
 * @returns the role, or null when the database does not let us make or use one: then queries run as the owner, held by
 * FORCE ROW LEVEL SECURITY alone.
 */
export async function prepareAppRole(client: Client, schemas: readonly string[], log: Logger): Promise<string | null> {
  const reason = await whyNotUsable(client);
  if (reason) {
    log.warn({ role: APP_ROLE, reason }, 'Queries run as the owner of the tables; row-level security is forced on it as well');
    return null;
  }
  for (const schema of schemas) await grant(client, schema);
  return APP_ROLE;
}

async function whyNotUsable(client: Client): Promise<string | null> {
  const role = escapeIdentifier(APP_ROLE);
  try {
    const known = await client.query<{ strong: boolean }>(
      'SELECT rolsuper OR rolbypassrls AS strong FROM pg_roles WHERE rolname = $1',
      [APP_ROLE],
    );
    if (known.rows[0]?.strong) return 'the role may bypass row-level security';
    if (known.rowCount === 0) await createRole(client, role);
    const { rows } = await client.query<{ member: boolean }>(`SELECT pg_has_role(current_user, $1, 'MEMBER') AS member`, [
      APP_ROLE,
    ]);
    if (!rows[0]?.member) await client.query(`GRANT ${role} TO CURRENT_USER`);
    await client.query(`SET ROLE ${role}`);
    await client.query('RESET ROLE');
    return null;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === NOT_PERMITTED) return message;
    throw error;
  }
}

/** Roles belong to the whole server: a Parley on another database of it may make the same one at the same moment. */
async function createRole(client: Client, role: string): Promise<void> {
  try {
    await client.query(`CREATE ROLE ${role} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE`);
    // In PostgreSQL 16 and later the maker of a role may administer it, not yet become it.
    await client.query(`GRANT ${role} TO CURRENT_USER`);
  } catch (error) {
    if (!ALREADY_THERE.has((error as { code?: string }).code ?? '')) throw error;
  }
}

async function grant(client: Client, schemaName: string): Promise<void> {
  const schema = escapeIdentifier(schemaName);
  const role = escapeIdentifier(APP_ROLE);
  await client.query(`
    GRANT USAGE ON SCHEMA ${schema} TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA ${schema} TO ${role};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO ${role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT USAGE, SELECT ON SEQUENCES TO ${role};`);
}

import { ParleyError } from '@parley/model';
import { Client } from 'pg';

/** One number for "the Parley that runs on this database"; any constant does, it only must not change. */
const LOCK = 0x7061726c;
const APPLICATION = 'parley-owner';

/** Another living Parley works on the same data folder. */
export class AlreadyOwnedError extends ParleyError {
  constructor(ownerPid: string | undefined, folder: string) {
    super(
      'data-dir-in-use',
      `Another Parley${ownerPid ? ` (process ${ownerPid})` : ''} is running on the data folder ${folder}. ` +
        `Stop it first, or give this one its own PARLEY_DATA_DIR and PARLEY_PORT.`,
    );
  }
}

/**
 * The right to be the one Parley of a database: an advisory lock held by a connection. It ends with the process, however
 * that ends, so it never has to be judged stale.
 */
export class Ownership {
  private constructor(
    private readonly client: Client,
    /** Resolves when the connection is gone, and the lock with it. */
    readonly lost: Promise<void>,
  ) {}

  /**
   * @throws AlreadyOwnedError when another Parley holds it for longer than `patienceMs` (one that is just being stopped
   * or was killed a moment ago lets go by itself).
   */
  static async take(url: string, folder: string, patienceMs = 3_000): Promise<Ownership> {
    const client = new Client({
      connectionString: url,
      application_name: `${APPLICATION} ${process.pid}`,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    const lost = new Promise<void>((resolve) => {
      client.once('end', resolve);
      client.on('error', () => resolve());
    });
    await client.connect();
    const giveUpAt = Date.now() + patienceMs;
    while (!(await tryLock(client))) {
      if (Date.now() > giveUpAt) {
        const owner = await ownerPid(client);
        await client.end();
        throw new AlreadyOwnedError(owner, folder);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return new Ownership(client, lost);
  }

  async release(): Promise<void> {
    // A server that stopped before us has let go already.
    await this.client.end().catch(() => undefined);
  }
}

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [LOCK]);
  return rows[0]?.locked === true;
}

async function ownerPid(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ application_name: string }>(
    `SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)
     WHERE locktype = 'advisory' AND objid = $1 AND granted AND application_name LIKE $2`,
    [LOCK, `${APPLICATION} %`],
  );
  return rows[0]?.application_name.slice(APPLICATION.length + 1);
}

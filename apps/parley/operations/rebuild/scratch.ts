import { ParleyError } from '@parley/model';
import type { Client } from 'pg';
import { connect } from '../database/connect';

const NAME = 'parley_rebuild';
/** insufficient_privilege */
const NOT_PERMITTED = '42501';

/** Runs `work` with an empty database beside the house's own, which is gone afterwards. */
export async function withScratchDatabase<T>(houseUrl: string, work: (url: string, client: Client) => Promise<T>): Promise<T> {
  const maker = await connect(houseUrl);
  try {
    await make(maker);
    const url = new URL(houseUrl);
    url.pathname = `/${NAME}`;
    const client = await connect(url.href);
    try {
      return await work(url.href, client);
    } finally {
      await client.end();
      await maker.query(`DROP DATABASE IF EXISTS ${NAME} WITH (FORCE)`);
    }
  } finally {
    await maker.end();
  }
}

async function make(maker: Client): Promise<void> {
  try {
    // What an interrupted rebuild left.
    await maker.query(`DROP DATABASE IF EXISTS ${NAME} WITH (FORCE)`);
    await maker.query(`CREATE DATABASE ${NAME} TEMPLATE template0`);
  } catch (cause) {
    if ((cause as { code?: string }).code !== NOT_PERMITTED) throw cause;
    throw new ParleyError(
      'no-scratch',
      'A rebuild works in a database beside: let the user of DATABASE_URL make one (CREATEDB)',
      {
        cause,
      },
    );
  }
}

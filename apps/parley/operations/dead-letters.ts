import type { EventLog } from '@parley/event-log';
import { ParleyError, topicNames } from '@parley/model';
import type { Database } from '@parley/runtime';

export interface ListedLetter {
  readonly id: string;
  readonly at: Date;
  readonly topic: string;
  readonly app: string;
  /** Null: its bytes do not even tell whose it is. */
  readonly merchantId: string | null;
  readonly reason: string;
  readonly sizeBytes: number;
  readonly replayedAt: Date | null;
}

export interface FullLetter extends ListedLetter {
  readonly accountId: string | null;
  readonly partition: number | null;
  readonly offset: string | null;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer;
}

const LISTED = `id, at, topic, app, merchant_id AS "merchantId", reason, length(value) AS "sizeBytes", replayed_at AS "replayedAt"`;
const FULL = `${LISTED}, account_id AS "accountId", partition, "offset", key, headers, value`;

/** Those of all merchants and of none, newest first; replayed ones only when wanted. */
export async function listLetters(
  database: Database,
  { all, limit }: { readonly all: boolean; readonly limit: number },
): Promise<ListedLetter[]> {
  const { rows } = await database.query<ListedLetter>(
    '*',
    `SELECT ${LISTED} FROM conversations.dead_letters WHERE $1 OR replayed_at IS NULL ORDER BY at DESC, id DESC LIMIT $2`,
    [all, limit],
  );
  return rows;
}

/** @throws ParleyError when there is none. */
export async function findLetter(database: Database, id: string): Promise<FullLetter> {
  const { rows } = await database.query<FullLetter>('*', `SELECT ${FULL} FROM conversations.dead_letters WHERE id = $1`, [id]);
  if (!rows[0]) throw new ParleyError('no-dead-letter', `There is no dead letter ${id}.`);
  return rows[0];
}

/**
 * Appends its bytes to its topic again. All ids are derived, so what had an effect already has none this time. Appended
 * first, marked then: after a crash between the two it is listed still.
 */
export async function replayLetter(database: Database, log: Pick<EventLog, 'append'>, id: string): Promise<FullLetter> {
  const letter = await findLetter(database, id);
  const { topic, key, headers, value } = letter;
  if (!(topicNames as readonly string[]).includes(topic)) {
    throw new ParleyError('no-such-topic', `There is no topic ${topic} in this version of Parley.`);
  }
  await log.append(topic, [{ key, headers, value }]);
  await database.query('*', 'UPDATE conversations.dead_letters SET replayed_at = now() WHERE id = $1', [id]);
  return letter;
}

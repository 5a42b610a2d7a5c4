import { ParleyError } from '@parley/model';
import { FencedError } from './errors';
import type { TransactionQuery } from './port';

/** Which member reads a partition for a group, and since which change of owner. */
export interface Ownership {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly owner: string;
  readonly generation: bigint;
}

/**
 * Progress only goes forward, and only its owner may move it. A process that freezes between this and its commit keeps the
 * row from the next owner: its connection is cut after a while.
 */
const COMMIT = `
UPDATE log.offsets SET next_offset = greatest(next_offset, $6), updated_at = now()
WHERE group_name = $1 AND topic = $2 AND partition = $3 AND owner = $4 AND generation = $5
RETURNING set_config('idle_in_transaction_session_timeout', '10000', true)`;

/**
 * Stores "handled up to here" on the given transaction. The row stays locked until it ends, so an owner that comes after
 * sees it done or undone, never in between. @throws FencedError when the partition has another owner.
 */
export async function commitOffset(query: TransactionQuery, held: Ownership, nextOffset: bigint): Promise<void> {
  const result = await query(COMMIT, parameters(held, nextOffset));
  if (changedRows(result) === 0) throw fenced(held);
}

/** In a transaction of its own, which a crash may undo: nothing of value is lost, the batch comes again. */
const COMMIT_LOOSE = {
  name: 'parley_log_commit',
  text: `${COMMIT}, set_config('synchronous_commit', 'off', true)`,
};

export async function commitLooseOffset(
  query: (statement: { readonly name: string; readonly text: string }, params: readonly unknown[]) => Promise<unknown>,
  held: Ownership,
  nextOffset: bigint,
): Promise<void> {
  if (changedRows(await query(COMMIT_LOOSE, parameters(held, nextOffset))) === 0) throw fenced(held);
}

const parameters = ({ group, topic, partition, owner, generation }: Ownership, nextOffset: bigint): unknown[] => [
  group,
  topic,
  partition,
  owner,
  String(generation),
  String(nextOffset),
];

const fenced = ({ group, topic, partition }: Ownership): FencedError =>
  new FencedError(`${topic}/${partition} is read by another member of ${group} now`);

/** pg answers with a result, TypeORM with [rows, count]. */
function changedRows(result: unknown): number {
  const count = Array.isArray(result) ? result[1] : (result as { rowCount?: unknown } | undefined)?.rowCount;
  if (typeof count !== 'number')
    throw new ParleyError('no-row-count', 'commitIn must be given a query whose result it passes on, as of pg or TypeORM');
  return count;
}

import { fromJsonColumn, jsonColumn } from '../columns';
import type { Queryable } from '../event-stream';
import { type Fact, factId, type Target } from './facts';

/**
 * Facts that came before that which they are about: a receipt before the reply's id at the channel is known, a reaction
 * before its message, a translation before the text. They lie here under what they wait for.
 */
export interface WaitingFact {
  readonly target: Target;
  readonly id: string;
  readonly fact: Fact;
}

export const waitingFact = (target: Target, fact: Fact): WaitingFact => ({ target, id: factId(fact), fact });

/** Merchant, account and what is waited for, one array each. An id of a channel may hold line breaks. */
function split(targets: readonly Target[]): [string[], string[], string[]] {
  const fields = targets.map((target) => {
    const [merchant = '', account = '', ...rest] = target.split('\n');
    return { merchant, account, what: rest.join('\n') };
  });
  return [fields.map((field) => field.merchant), fields.map((field) => field.account), fields.map((field) => field.what)];
}

export async function loadWaiting(client: Queryable, targets: readonly Target[]): Promise<WaitingFact[]> {
  if (targets.length === 0) return [];
  const { rows } = await client.query<{
    merchant_id: string;
    account_id: string;
    target: string;
    id: string;
    kind: string;
    entry: unknown;
  }>({
    name: 'early-load',
    text: `SELECT merchant_id, account_id, target, e.id, e.kind, e.entry
      FROM unnest($1::text[], $2::text[], $3::text[]) AS k(merchant_id, account_id, target)
      JOIN conversations.early e USING (merchant_id, account_id, target) ORDER BY e.created_at, e.id`,
    values: split(targets),
  });
  return rows.map((row) => ({
    target: `${row.merchant_id}\n${row.account_id}\n${row.target}`,
    id: row.id,
    fact: { kind: row.kind, entry: row.entry } as Fact,
  }));
}

export async function saveWaiting(client: Queryable, waiting: readonly WaitingFact[]): Promise<void> {
  if (waiting.length === 0) return;
  const [merchants, accounts, targets] = split(waiting.map((each) => each.target));
  await client.query({
    name: 'early-save',
    text: `INSERT INTO conversations.early (merchant_id, account_id, target, id, kind, entry)
      SELECT merchant_id, account_id, target, id, kind, entry::jsonb
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], ${fromJsonColumn(6)})
        AS n(merchant_id, account_id, target, id, kind, entry) ORDER BY 1, 2, 3, 4
      ON CONFLICT DO NOTHING`,
    values: [
      merchants,
      accounts,
      targets,
      waiting.map((each) => each.id),
      waiting.map((each) => each.fact.kind),
      jsonColumn(waiting.map((each) => each.fact.entry)),
    ],
  });
}

export async function deleteWaiting(client: Queryable, waiting: readonly WaitingFact[]): Promise<void> {
  if (waiting.length === 0) return;
  const [merchants, accounts, targets] = split(waiting.map((each) => each.target));
  await client.query({
    name: 'early-delete',
    text: `DELETE FROM conversations.early e
      USING unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS k(merchant_id, account_id, target, id)
      WHERE e.merchant_id = k.merchant_id AND e.account_id = k.account_id AND e.target = k.target AND e.id = k.id`,
    values: [merchants, accounts, targets, waiting.map((each) => each.id)],
  });
}

/** Echoes that have waited since before this time, oldest first. */
export async function loadOldEchoes(client: Queryable, before: Date, limit: number): Promise<WaitingFact[]> {
  const { rows } = await client.query<{ merchant_id: string; account_id: string; target: string; id: string; entry: unknown }>(
    `SELECT merchant_id, account_id, target, id, entry FROM conversations.early
     WHERE kind = 'echo' AND created_at < $1 ORDER BY created_at LIMIT $2`,
    [before, limit],
  );
  return rows.map((row) => ({
    target: `${row.merchant_id}\n${row.account_id}\n${row.target}`,
    id: row.id,
    fact: { kind: 'echo', entry: row.entry, late: true } as Fact,
  }));
}

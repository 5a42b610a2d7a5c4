import { createHash } from 'node:crypto';
import type { ThreadRef } from '@parley/connector';
import { conversationId } from '@parley/model';
import type { Database } from '@parley/runtime';
import type { PoolClient } from 'pg';
import { storableText } from './storable';

const PIPELINE = '*';
const KNOWN_MAX = 50_000;
const ALIAS_LENGTH_MAX = 300;
const AT_ONCE_MAX = 200;

interface Owner {
  readonly id: string;
  readonly merchantId: string;
}

interface Question {
  readonly account: Owner;
  /** Strongest first. */
  readonly names: readonly string[];
  /** Where nothing is known. */
  readonly otherwise: string;
  /** Known from elsewhere: the names are only to be remembered. */
  readonly settled: boolean;
  resolve(conversationId: string): void;
  reject(error: unknown): void;
}

/**
 * Which conversation a thread is. Channels with a thread id of their own need no memory; for the others every name a
 * thread was ever called by is remembered, and the strongest one known decides. A name, once given, never means another
 * conversation, so what was asked before is answered from memory.
 */
export class Threads {
  private readonly known = new Map<string, string>();
  private waiting: Question[] = [];
  private asking = false;

  constructor(private readonly database: Database) {}

  async conversationOf(account: Owner, thread: ThreadRef): Promise<string> {
    const own = conversationId(account.id, thread.key);
    const aliases = thread.aliases ?? [];
    if (aliases.length === 0) return thread.conversationId ?? own;
    const names = [...new Set([...aliases.map(nameOf), nameOf(`key:${thread.key}`)])];
    const remembered = this.remembered(account, names);
    if (remembered && (thread.conversationId === undefined || thread.conversationId === remembered)) return remembered;
    const settled = thread.conversationId !== undefined;
    return new Promise((resolve, reject) => {
      this.waiting.push({ account, names, otherwise: thread.conversationId ?? own, settled, resolve, reject });
      // What is asked in the same turn is answered together.
      if (!this.asking) queueMicrotask(() => void this.ask());
      this.asking = true;
    });
  }

  /** Only when nothing about it is new. */
  private remembered(account: Owner, names: readonly string[]): string | undefined {
    const [first, ...rest] = names.map((name) => this.known.get(placeOf(account.id, name)));
    return rest.includes(undefined) ? undefined : first;
  }

  private async ask(): Promise<void> {
    // Lets the rest of this turn ask as well.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const questions = this.waiting.splice(0, AT_ONCE_MAX);
      try {
        const { answers, known } = await this.database.transaction(PIPELINE, (client) => this.answer(client, questions));
        this.remember(known);
        for (const [index, question] of questions.entries()) question.resolve(answers[index] ?? question.otherwise);
      } catch (error) {
        for (const question of questions) question.reject(error);
      }
    }
    this.asking = false;
  }

  /** Items that race for a thread, here or in other processes, take turns by account and so agree. */
  private async answer(
    client: PoolClient,
    questions: readonly Question[],
  ): Promise<{ readonly answers: string[]; readonly known: ReadonlyMap<string, string> }> {
    const accountIds = [...new Set(questions.map(({ account }) => account.id))].sort();
    await client.query(
      `SELECT pg_advisory_xact_lock(hashtextextended('normalize.threads/' || id, 0)) FROM unnest($1::text[]) AS id`,
      [accountIds],
    );
    const known = await this.read(client, questions);
    const added = new Map<string, { readonly account: Owner; readonly name: string; readonly conversationId: string }>();
    const answers = questions.map(({ account, names, otherwise, settled }) => {
      const places = names.map((name) => placeOf(account.id, name));
      const found = settled ? undefined : places.map((place) => known.get(place)).find((id) => id !== undefined);
      const answer = found ?? otherwise;
      for (const [index, place] of places.entries()) {
        if (known.has(place)) continue;
        known.set(place, answer);
        added.set(place, { account, name: names[index] as string, conversationId: answer });
      }
      return answer;
    });
    const rows = [...added.values()];
    if (rows.length > 0) await this.write(client, rows);
    return { answers, known };
  }

  private async read(client: PoolClient, questions: readonly Question[]): Promise<Map<string, string>> {
    const asked = questions.flatMap(({ account, names }) => names.map((name) => ({ accountId: account.id, name })));
    const { rows } = await client.query<{ account_id: string; alias: string; conversation_id: string }>(
      `SELECT account_id, alias, conversation_id FROM normalize.threads
       WHERE (account_id, alias) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
      [asked.map(({ accountId }) => accountId), asked.map(({ name }) => name)],
    );
    return new Map(rows.map((row) => [placeOf(row.account_id, row.alias), row.conversation_id]));
  }

  private async write(
    client: PoolClient,
    rows: readonly { readonly account: Owner; readonly name: string; readonly conversationId: string }[],
  ): Promise<void> {
    await client.query(
      `INSERT INTO normalize.threads (merchant_id, account_id, alias, conversation_id)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
      [
        rows.map(({ account }) => account.merchantId),
        rows.map(({ account }) => account.id),
        rows.map(({ name }) => name),
        rows.map((row) => row.conversationId),
      ],
    );
  }

  /** Only what is committed. */
  private remember(known: ReadonlyMap<string, string>): void {
    if (this.known.size + known.size > KNOWN_MAX) this.known.clear();
    for (const [place, id] of known) this.known.set(place, id);
  }
}

const placeOf = (accountId: string, name: string): string => `${accountId}\n${name}`;

/** As Postgres can hold and index it. */
function nameOf(alias: string): string {
  const text = storableText(alias);
  return text.length <= ALIAS_LENGTH_MAX ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

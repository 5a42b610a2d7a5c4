import { type LogDatabase, PIPELINE } from '../log-database';
import { commitLooseOffset, type Ownership } from '../offsets';

/** A partition this member reads, and how far the group has come by what Postgres says. */
export interface Held {
  readonly ownership: Ownership;
  nextOffset: bigint;
}

/** The progress of groups, kept in Postgres beside the effects. What the broker stores of it is a hint. */
export class Progress {
  constructor(private readonly database: LogDatabase) {}

  /** From here on commits of an earlier owner are refused. A group that was never here begins at the beginning. */
  async claim(group: string, topic: string, partition: number, owner: string): Promise<Held> {
    const { rows } = await this.database.query(
      PIPELINE,
      `INSERT INTO log.offsets AS held (group_name, topic, partition, next_offset, owner, generation) VALUES ($1, $2, $3, 0, $4, 1)
       ON CONFLICT (group_name, topic, partition) DO UPDATE
         SET owner = excluded.owner, generation = held.generation + 1, updated_at = now()
       RETURNING next_offset, generation`,
      [group, topic, partition, owner],
    );
    const row = rows[0] as { next_offset: string; generation: string };
    return {
      ownership: { group, topic, partition, owner, generation: BigInt(row.generation) },
      nextOffset: BigInt(row.next_offset),
    };
  }

  /** For a handler whose effect is not in Postgres. A commit that a crash undoes costs a repeat, nothing more. */
  async commit(held: Held, nextOffset: bigint): Promise<void> {
    await commitLooseOffset((statement, params) => this.database.query(PIPELINE, statement, params), held.ownership, nextOffset);
  }

  /** From here on commits of this member are refused. */
  async disown(group: string, owner: string): Promise<void> {
    await this.database.query(PIPELINE, 'UPDATE log.offsets SET owner = NULL WHERE group_name = $1 AND owner = $2', [
      group,
      owner,
    ]);
  }

  async of(group: string): Promise<{ topic: string; partition: number; nextOffset: bigint }[]> {
    const { rows } = await this.database.query(
      PIPELINE,
      'SELECT topic, partition, next_offset FROM log.offsets WHERE group_name = $1',
      [group],
    );
    return rows.map((row: { topic: string; partition: number; next_offset: string }) => ({
      topic: row.topic,
      partition: row.partition,
      nextOffset: BigInt(row.next_offset),
    }));
  }
}

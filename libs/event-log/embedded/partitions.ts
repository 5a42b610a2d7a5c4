import { ParleyError } from '@parley/model';
import { type LogDatabase, PIPELINE } from '../log-database';
import type { TopicConfig } from '../port';

/** Ids of a topic's partitions, by partition number. */
export type PartitionIds = readonly number[];

/** The topics that are, asked once: partitions of a topic never change. */
export class Partitions {
  private readonly known = new Map<string, PartitionIds>();

  constructor(private readonly database: LogDatabase) {}

  /** Many processes may do so at once: they take turns in the order of names. */
  async ensure(topics: readonly TopicConfig[]): Promise<void> {
    const sorted = [...topics].sort((a, b) => (a.name < b.name ? -1 : 1));
    await this.database.transaction(PIPELINE, async (client) => {
      for (const { name, partitions, retentionMs } of sorted) {
        const { rowCount } = await client.query(
          'INSERT INTO log.topics (name, partitions, retention_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
          [name, partitions, retentionMs ?? null],
        );
        if (rowCount)
          await client.query('INSERT INTO log.partitions (topic, partition) SELECT $1, generate_series(0, $2::integer - 1)', [
            name,
            partitions,
          ]);
        else
          await client.query('UPDATE log.topics SET retention_ms = $2 WHERE name = $1 AND retention_ms IS DISTINCT FROM $2', [
            name,
            retentionMs ?? null,
          ]);
      }
    });
  }

  of(topic: string): PartitionIds | Promise<PartitionIds> {
    return this.known.get(topic) ?? this.ask(topic);
  }

  private async ask(topic: string): Promise<PartitionIds> {
    const { rows } = await this.database.query(PIPELINE, 'SELECT id FROM log.partitions WHERE topic = $1 ORDER BY partition', [
      topic,
    ]);
    if (rows.length === 0) throw new ParleyError('unknown-topic', `The log has no topic ${topic}`);
    const ids = rows.map((row: { id: number }) => row.id);
    this.known.set(topic, ids);
    return ids;
  }
}

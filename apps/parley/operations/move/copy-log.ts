import { type EventLog, type LogRecord, partitionOf } from '@parley/event-log';
import { ParleyError } from '@parley/model';
import type { Client } from 'pg';

/** How far a group had come in a partition of the log in Postgres. */
interface Progress {
  readonly group: string;
  readonly partition: number;
  readonly nextOffset: bigint;
}

/** Where a group is to begin in a partition of Kafka's. */
export interface Beginning {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: bigint;
}

const PAGE = 500;

interface Row {
  readonly offset: string;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Record<string, string> | null;
}

/**
 * Copies a topic of the log in Postgres into an empty one of Kafka, which may have another number of partitions. All records of
 * a key lie in one partition, so their order stays. First what every group has handled, then the rest: so a group that goes
 * on at its first unhandled record meets as few known ones as can be, and those change nothing.
 * @returns how many there were, and where the groups are to begin.
 */
export async function copyTopic(
  client: Client,
  log: EventLog,
  topic: string,
): Promise<{ records: number; beginnings: Beginning[] }> {
  const progress = await progressOf(client, topic);
  const { rows: partitions } = await client.query<{ id: number; partition: number; next: string }>(
    'SELECT id, partition, next_offset AS next FROM log.partitions WHERE topic = $1 ORDER BY partition',
    [topic],
  );
  const copy = new Copy(log, topic, (await log.extent(topic)).length, [...new Set(progress.map(({ group }) => group))]);
  const handledBy = (partition: number) => progress.filter((one) => one.partition === partition);
  const byAll = ({ partition, next }: { partition: number; next: string }) =>
    handledBy(partition).reduce((least, { nextOffset }) => (nextOffset < least ? nextOffset : least), BigInt(next));
  for (const one of partitions) await copy.add(pages(client, one.id, 0n, byAll(one)), handledBy(one.partition));
  for (const one of partitions) await copy.add(pages(client, one.id, byAll(one), BigInt(one.next)), handledBy(one.partition));
  await copy.verify();
  return { records: copy.records, beginnings: copy.beginnings() };
}

/** A rebuild that was interrupted is no group that goes on. */
async function progressOf(client: Client, topic: string): Promise<Progress[]> {
  const { rows } = await client.query<{ group: string; partition: number; next: string }>(
    `SELECT group_name AS "group", partition, next_offset AS next FROM log.offsets
     WHERE topic = $1 AND group_name NOT LIKE 'parley.rebuild.%'`,
    [topic],
  );
  return rows.map(({ group, partition, next }) => ({ group, partition, nextOffset: BigInt(next) }));
}

async function* pages(client: Client, partitionId: number, from: bigint, to: bigint): AsyncGenerator<readonly Row[]> {
  for (let next = from; next < to; ) {
    const { rows } = await client.query<Row>(
      `SELECT "offset", key, value, headers FROM log.records
       WHERE partition_id = $1 AND "offset" >= $2 AND "offset" < $3 ORDER BY "offset" LIMIT ${PAGE}`,
      [partitionId, String(next), String(to)],
    );
    if (rows.length === 0) return;
    yield rows;
    next = BigInt(rows.at(-1)?.offset ?? 0) + 1n;
  }
}

class Copy {
  records = 0;
  /** By partition of Kafka's: where the next record goes. We are the only writer. */
  private readonly next: bigint[];
  /** By group and partition: its first record that is not handled. */
  private readonly unhandled: ReadonlyMap<string, (bigint | undefined)[]>;

  constructor(
    private readonly log: EventLog,
    private readonly topic: string,
    partitions: number,
    groups: readonly string[],
  ) {
    this.next = Array.from({ length: partitions }, () => 0n);
    this.unhandled = new Map(groups.map((group) => [group, Array.from({ length: partitions }, () => undefined)]));
  }

  async add(all: AsyncIterable<readonly Row[]>, handled: readonly Progress[]): Promise<void> {
    const known = new Map(handled.map(({ group, nextOffset }) => [group, nextOffset]));
    for await (const rows of all) {
      const records = rows.map(recordOf);
      await this.log.append(this.topic, records);
      for (const [index, { key }] of records.entries()) this.note(key, BigInt((rows[index] as Row).offset), known);
      this.records += records.length;
    }
  }

  /** @throws ParleyError when Kafka holds anything else than was given to it. */
  async verify(): Promise<void> {
    const extents = await this.log.extent(this.topic);
    if (extents.every(({ partition, next }) => next === this.next[partition])) return;
    throw new ParleyError(
      'copy-differs',
      `Kafka does not hold in ${this.topic} what was copied there. Nothing has changed in PostgreSQL: delete Kafka's topics, and try again`,
    );
  }

  beginnings(): Beginning[] {
    return [...this.unhandled].flatMap(([group, first]) =>
      first.map((nextOffset, partition) => ({
        group,
        topic: this.topic,
        partition,
        nextOffset: nextOffset ?? (this.next[partition] as bigint),
      })),
    );
  }

  private note(key: string, oldOffset: bigint, handled: ReadonlyMap<string, bigint>): void {
    const partition = partitionOf(key, this.next.length);
    const offset = this.next[partition] as bigint;
    for (const [group, first] of this.unhandled) if (oldOffset >= (handled.get(group) ?? 0n)) first[partition] ??= offset;
    this.next[partition] = offset + 1n;
  }
}

const recordOf = ({ key, value, headers }: Row): LogRecord => ({
  key: key.toString('utf8'),
  value,
  ...(headers ? { headers } : {}),
});

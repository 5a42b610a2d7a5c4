import { type Append, AppendQueue } from '../append-queue';
import { LogUnavailableError } from '../errors';
import { partitionOf } from '../key-partition';
import { checkRecords } from '../limits';
import { type LogDatabase, PIPELINE } from '../log-database';
import type { LogRecord, StoredRecord } from '../port';
import type { Partitions } from './partitions';
import type { Tail } from './tail';
import type { Wakeups } from './wakeups';

/**
 * Takes offsets and stores the records in one statement. Partitions are locked in the order of their ids, so that two
 * processes never wait for each other. Keys and values come as one block of bytes and are cut apart here: as an array of
 * bytea they would travel as hexadecimal text. A process that freezes before its commit must not keep the partitions from
 * the others for long: its connection is cut.
 */
const STORE = {
  name: 'parley_log_store',
  text: `
WITH locked AS MATERIALIZED (
  SELECT id, next_offset FROM log.partitions WHERE id = ANY ($1::integer[]) ORDER BY id FOR NO KEY UPDATE
), moved AS (
  UPDATE log.partitions AS p SET next_offset = locked.next_offset + added.records
  FROM locked JOIN unnest($1::integer[], $2::integer[]) AS added (id, records) USING (id)
  WHERE p.id = locked.id
  RETURNING p.id, locked.next_offset AS first_offset
), stored AS (
  INSERT INTO log.records (partition_id, "offset", key, value, headers)
  SELECT moved.id, moved.first_offset + r.position,
    substring($3::bytea FROM r.at + 1 FOR r.key_bytes),
    substring($3::bytea FROM r.at + r.key_bytes + 1 FOR r.value_bytes),
    r.headers
  FROM unnest($4::integer[], $5::integer[], $6::integer[], $7::integer[], $8::integer[], $9::json[])
    AS r (partition_id, position, at, key_bytes, value_bytes, headers)
  JOIN moved ON moved.id = r.partition_id
)
SELECT id, first_offset, (extract(epoch FROM now()) * 1000)::bigint AS appended_at,
  set_config('idle_in_transaction_session_timeout', '5000', true)
FROM moved`,
};

/** One writer per topic: order per partition, and topics do not wait for each other. */
export class Appender {
  private readonly queues = new Map<string, AppendQueue>();
  private closed = false;

  constructor(
    private readonly database: LogDatabase,
    private readonly partitions: Partitions,
    private readonly tail: Tail,
    private readonly wakeups: Wakeups,
    private readonly timeoutMs: number,
  ) {}

  async append(topic: string, records: readonly LogRecord[]): Promise<void> {
    if (records.length === 0) return;
    if (this.closed) throw new LogUnavailableError('The log is closed');
    checkRecords(topic, records);
    await this.queueOf(topic).add(topic, records);
  }

  get waiting(): number {
    return [...this.queues.values()].reduce((sum, queue) => sum + queue.size, 0);
  }

  /** Takes no more; resolves when all that was taken is written. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.queues.values()].map((queue) => queue.drained()));
  }

  private queueOf(topic: string): AppendQueue {
    let queue = this.queues.get(topic);
    if (!queue) {
      queue = new AppendQueue({ write: (appends) => this.write(topic, appends), timeoutMs: this.timeoutMs });
      this.queues.set(topic, queue);
    }
    return queue;
  }

  private async write(topic: string, appends: readonly Append[]): Promise<void> {
    const ids = await this.partitions.of(topic);
    const byPartition = spread(appends, ids);
    const values = parametersOf(byPartition);
    const { rows }: { rows: Stored[] } = await this.database.query(PIPELINE, STORE, values);
    for (const { id, first_offset, appended_at } of rows) {
      const first = BigInt(first_offset);
      const appendedAt = Number(appended_at);
      this.tail.add(
        id,
        (byPartition.get(id) ?? []).map((record, position) => storedAs(record, first + BigInt(position), appendedAt)),
      );
    }
    this.wakeups.appended([...byPartition.keys()]);
  }
}

interface Stored {
  readonly id: number;
  readonly first_offset: string;
  readonly appended_at: string;
}

function spread(appends: readonly Append[], ids: readonly number[]): Map<number, LogRecord[]> {
  const byPartition = new Map<number, LogRecord[]>();
  for (const { records } of appends) {
    for (const record of records) {
      const id = ids[partitionOf(record.key, ids.length)] as number;
      const list = byPartition.get(id);
      if (list) list.push(record);
      else byPartition.set(id, [record]);
    }
  }
  return byPartition;
}

function parametersOf(byPartition: ReadonlyMap<number, readonly LogRecord[]>): unknown[] {
  const ids: number[] = [];
  const counts: number[] = [];
  const partitionIds: number[] = [];
  const positions: number[] = [];
  const starts: number[] = [];
  const keyBytes: number[] = [];
  const valueBytes: number[] = [];
  const headers: (string | null)[] = [];
  const blocks: Uint8Array[] = [];
  let at = 0;
  for (const [id, records] of byPartition) {
    ids.push(id);
    counts.push(records.length);
    for (const [position, record] of records.entries()) {
      const key = Buffer.from(record.key, 'utf8');
      blocks.push(key, record.value);
      partitionIds.push(id);
      positions.push(position);
      starts.push(at);
      keyBytes.push(key.byteLength);
      valueBytes.push(record.value.byteLength);
      headers.push(hasAny(record.headers) ? JSON.stringify(record.headers) : null);
      at += key.byteLength + record.value.byteLength;
    }
  }
  return [ids, counts, Buffer.concat(blocks), partitionIds, positions, starts, keyBytes, valueBytes, headers];
}

const NO_HEADERS = Object.freeze({});

const hasAny = (headers: object | undefined): headers is Record<string, string> =>
  headers !== undefined && Object.keys(headers).length > 0;

const storedAs = (record: LogRecord, offset: bigint, appendedAt: number): StoredRecord => ({
  offset,
  key: record.key,
  value: record.value,
  headers: hasAny(record.headers) ? record.headers : NO_HEADERS,
  appendedAt,
});

import { bytesOf } from '../limits';
import type { StoredRecord } from '../port';

const RECORDS_MAX = 1_000;
const BYTES_MAX = 1024 * 1024;

/** The latest records this process appended to one partition, without a gap. */
interface Run {
  records: StoredRecord[];
  bytes: number;
}

/**
 * What this process has just appended, for its own readers: they need not ask the database for what was in memory a moment
 * ago. Holds committed records only, of partitions that someone reads here.
 */
export class Tail {
  private readonly runs = new Map<number, Run>();
  private readonly readers = new Map<number, number>();

  watch(partitionId: number): void {
    this.readers.set(partitionId, (this.readers.get(partitionId) ?? 0) + 1);
  }

  unwatch(partitionId: number): void {
    const left = (this.readers.get(partitionId) ?? 1) - 1;
    if (left > 0) this.readers.set(partitionId, left);
    else {
      this.readers.delete(partitionId);
      this.runs.delete(partitionId);
    }
  }

  add(partitionId: number, records: readonly StoredRecord[]): void {
    const first = records[0];
    if (!first || !this.readers.has(partitionId)) return;
    let run = this.runs.get(partitionId);
    const last = run?.records.at(-1);
    // Another process appended in between: what lies before the gap is of no use.
    if (!run || last?.offset !== first.offset - 1n) {
      run = { records: [], bytes: 0 };
      this.runs.set(partitionId, run);
    }
    for (const record of records) {
      run.records.push(record);
      run.bytes += bytesOf(record);
    }
    shorten(run);
  }

  /** Records from this offset on; empty when they are not here, though they may be in the database. */
  read(partitionId: number, from: bigint, recordsMax: number, bytesMax: number): StoredRecord[] {
    const records = this.runs.get(partitionId)?.records;
    const first = records?.[0];
    if (!records || !first || from < first.offset) return [];
    const start = Number(from - first.offset);
    const taken: StoredRecord[] = [];
    let bytes = 0;
    for (let at = start; at < records.length && taken.length < recordsMax; at++) {
      const record = records[at];
      if (!record) break;
      bytes += bytesOf(record);
      if (bytes > bytesMax && taken.length > 0) break;
      taken.push(record);
    }
    return taken;
  }
}

/** Cuts to half when full, so that the cutting is rare. */
function shorten(run: Run): void {
  if (run.records.length <= RECORDS_MAX && run.bytes <= BYTES_MAX) return;
  let cut = 0;
  while (cut < run.records.length && (run.records.length - cut > RECORDS_MAX / 2 || run.bytes > BYTES_MAX / 2)) {
    const record = run.records[cut];
    if (record) run.bytes -= bytesOf(record);
    cut += 1;
  }
  run.records = run.records.slice(cut);
}

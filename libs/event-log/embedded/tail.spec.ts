import type { StoredRecord } from '../port';
import { Tail } from './tail';

const records = (from: number, count: number, bytes = 10): StoredRecord[] =>
  Array.from({ length: count }, (_, n) => ({
    offset: BigInt(from + n),
    key: '',
    value: new Uint8Array(bytes),
    headers: {},
    appendedAt: 0,
  }));
const offsets = (read: readonly StoredRecord[]) => read.map(({ offset }) => Number(offset));

describe('the tail of a partition', () => {
  it('keeps nothing that nobody reads here', () => {
    const tail = new Tail();
    tail.add(1, records(0, 3));
    expect(tail.read(1, 0n, 10, 1_000)).toEqual([]);
    tail.watch(1);
    tail.add(1, records(3, 2));
    expect(offsets(tail.read(1, 3n, 10, 1_000))).toEqual([3, 4]);
    tail.unwatch(1);
    expect(tail.read(1, 3n, 10, 1_000)).toEqual([]);
  });

  it('gives as much as was asked for, and one record however large', () => {
    const tail = new Tail();
    tail.watch(1);
    tail.add(1, records(0, 10));
    expect(offsets(tail.read(1, 4n, 3, 1_000))).toEqual([4, 5, 6]);
    expect(offsets(tail.read(1, 4n, 100, 25))).toEqual([4, 5]);
    expect(offsets(tail.read(1, 4n, 100, 1))).toEqual([4]);
    expect(tail.read(1, 10n, 10, 1_000)).toEqual([]);
  });

  it('forgets what lies before a gap, so that a reader never jumps over it', () => {
    const tail = new Tail();
    tail.watch(1);
    tail.add(1, records(0, 3));
    tail.add(1, records(5, 2));
    expect(tail.read(1, 0n, 10, 1_000)).toEqual([]);
    expect(tail.read(1, 3n, 10, 1_000)).toEqual([]);
    expect(offsets(tail.read(1, 5n, 10, 1_000))).toEqual([5, 6]);
  });

  it('is bounded in records and in bytes, and keeps the latest', () => {
    const tail = new Tail();
    tail.watch(1);
    for (let n = 0; n < 100; n++) tail.add(1, records(n * 50, 50));
    expect(tail.read(1, 0n, 10_000, 1e9)).toEqual([]);
    expect(offsets(tail.read(1, 4_990n, 10_000, 1e9))).toHaveLength(10);
    tail.add(1, records(5_000, 3, 700_000));
    expect(tail.read(1, 4_990n, 10_000, 1e9)).toEqual([]);
    expect(tail.read(1, 5_001n, 10, 1e9).length).toBeLessThanOrEqual(2);
  });
});

import { partitionOf } from '../key-partition';

// The client keeps its hash to itself.
const murmur2: (key: Buffer) => number = require('kafkajs/src/producer/partitioners/default/murmur2');

describe('the partition of a key', () => {
  it('is the one Kafka clients choose', () => {
    for (const key of ['', 'a', 'ab', 'abc', 'abcd', 'acc_1/5215550000', 'cnv_0123456789', '尺码表', '🇧🇷', 'x'.repeat(1_000)]) {
      for (const partitions of [1, 4, 12]) {
        expect(partitionOf(key, partitions)).toBe((murmur2(Buffer.from(key)) & 0x7fffffff) % partitions);
      }
    }
  });

  it('spreads keys', () => {
    const counts = [0, 0, 0, 0];
    for (let n = 0; n < 4_000; n++) counts[partitionOf(`cnv_${n}`, 4)]! += 1;
    for (const count of counts) expect(count).toBeGreaterThan(800);
  });
});

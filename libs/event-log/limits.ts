import { RecordRefusedError } from './errors';
import type { LogRecord } from './port';

export const DEAD_LETTERS = 'dead.letter';

const RECORD_BYTES_MAX = 4 * 1024 * 1024;
/** A dead letter carries the record's bytes as base64, a third more. */
const DEAD_LETTER_BYTES_MAX = 6 * 1024 * 1024;

export const recordBytesMax = (topic: string): number => (topic === DEAD_LETTERS ? DEAD_LETTER_BYTES_MAX : RECORD_BYTES_MAX);

export const bytesOf = (record: LogRecord): number => record.value.byteLength + record.key.length;

/** Called before a record joins others: one that cannot be stored must not take its neighbours down. */
export function checkRecords(topic: string, records: readonly LogRecord[]): void {
  const bytesMax = recordBytesMax(topic);
  for (const record of records) {
    if (record.value.byteLength > bytesMax)
      throw new RecordRefusedError(`A record of ${record.value.byteLength} bytes is more than ${topic} takes (${bytesMax})`);
  }
}

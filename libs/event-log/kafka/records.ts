import type { IHeaders, KafkaMessage } from 'kafkajs';
import { bytesOf } from '../limits';
import type { StoredRecord } from '../port';

export function recordOf(message: KafkaMessage): StoredRecord {
  return {
    offset: BigInt(message.offset),
    key: message.key?.toString('utf8') ?? '',
    value: message.value ?? new Uint8Array(),
    headers: headersOf(message.headers),
    appendedAt: Number(message.timestamp),
  };
}

function headersOf(headers: IHeaders | undefined): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) texts[name] = last.toString();
  }
  return texts;
}

/** Cuts what the broker gave into portions as asked for; each has at least one record. */
export function portionsOf(records: readonly StoredRecord[], recordsMax: number, bytesMax: number): StoredRecord[][] {
  const portions: StoredRecord[][] = [];
  let current: StoredRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const more = bytesOf(record);
    if (current.length > 0 && (current.length >= recordsMax || bytes + more > bytesMax)) {
      portions.push(current);
      current = [];
      bytes = 0;
    }
    current.push(record);
    bytes += more;
  }
  if (current.length > 0) portions.push(current);
  return portions;
}

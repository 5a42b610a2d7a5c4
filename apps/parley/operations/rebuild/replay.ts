import { type DeadLetter, decodeEntry, type EntryOf, type OutboundMessage, type Topic } from '@parley/model';
import type { Database } from '@parley/runtime';
import type { Client, PoolClient } from 'pg';
import { storeDeadLetters, storeNote, type Transaction } from '../../../conversations/store';
import { deliveryFact, type Fact, inboundFact } from '../../../conversations/store/flow/facts';
import { takeIn } from '../../../conversations/store/flow/take-in';
import { inOrder } from '../../../conversations/store/in-order';
import { storable, storableTime } from '../../../conversations/store/storable';
import { NOTE } from './stage';

const PAGE = 500;

interface Staged {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Null: it brings no message that was told of. */
  readonly position: string | null;
  readonly value: Buffer;
}

/**
 * First the messages in the order in which they were taken in, then all that is said about them, in the order of the log:
 * the view ends the same in whatever order that comes.
 */
const READ = `
SELECT topic, partition, "offset", position, value FROM stage.records
ORDER BY position IS NULL, merchant_id, position, appended_at, topic, partition, "offset"`;

/** @returns how many entries could not be taken in; the dead letters tell of them. */
export async function replay(client: Client, database: Database): Promise<{ taken: number; refused: number }> {
  let taken = 0;
  let refused = 0;
  await client.query('BEGIN');
  await client.query(`DECLARE staged NO SCROLL CURSOR FOR ${READ}`);
  for (;;) {
    const { rows } = await client.query<Staged>(`FETCH ${PAGE} FROM staged`);
    if (rows.length === 0) break;
    const failed = await takePage(database, rows);
    refused += failed;
    taken += rows.length - failed;
  }
  await client.query('COMMIT');
  return { taken, refused };
}

/** One that cannot be taken in must not keep its neighbours out: then each goes by itself. */
async function takePage(database: Database, page: readonly Staged[]): Promise<number> {
  try {
    await database.transaction('*', (client) => takeAll(client, page));
    return 0;
  } catch (error) {
    if (page.length === 1) return 1;
    let failed = 0;
    for (const one of page) failed += await takePage(database, [one]);
    if (failed === 0) return 0;
    if (failed === page.length) throw error;
    return failed;
  }
}

/** Runs of entries that go together; what lies between them keeps its place. */
async function takeAll(client: PoolClient, page: readonly Staged[]): Promise<void> {
  const asked: Promise<unknown>[] = [];
  // The events of what is said here were told long ago.
  const tx: Transaction = {
    client,
    emit: () => undefined,
    announce: () => undefined,
    settle: (promise) => {
      promise.catch(() => undefined);
      asked.push(promise);
    },
  };
  let facts: Fact[] = [];
  for (const record of page) {
    if (record.topic !== NOTE && record.topic !== 'dead.letter') {
      facts.push(factOf(record));
      continue;
    }
    await takeIn(tx, facts);
    facts = [];
    if (record.topic === NOTE) await takeNote(tx, record.value);
    else await storeDeadLetters(tx, [entryOf('dead.letter', record) satisfies DeadLetter]);
  }
  await takeIn(tx, facts);
  await inOrder(asked);
}

const entryOf = <T extends Topic>(topic: T, { value }: Staged): EntryOf<T> => storable(decodeEntry(topic, value));

function factOf(record: Staged): Fact {
  switch (record.topic) {
    case 'inbound.message':
      return inbound(entryOf('inbound.message', record), record.position !== null);
    case 'inbound.translated':
      return { kind: 'translated', entry: entryOf('inbound.translated', record) };
    case 'outbound.translated':
      return { kind: 'reply-translated', entry: entryOf('outbound.translated', record) };
    case 'outbound.delivery':
      return deliveryFact(entryOf('outbound.delivery', record));
    default:
      return { kind: 'reply', entry: entryOf('outbound.message', record) satisfies OutboundMessage };
  }
}

/** A message of the shop's that was told of is known to be none of ours: it need not wait to be known. */
function inbound(entry: EntryOf<'inbound.message'>, told: boolean): Fact {
  const fact = inboundFact({ ...entry, receivedAt: storableTime(entry.receivedAt, new Date().toISOString()) });
  return fact.kind === 'echo' && told ? { ...fact, late: true } : fact;
}

async function takeNote(tx: Transaction, value: Buffer): Promise<void> {
  const row = JSON.parse(value.toString('utf8'));
  await storeNote(tx, {
    merchantId: row.merchant_id,
    conversationId: row.conversation_id,
    messageId: row.id,
    author: row.author,
    parts: row.parts,
    language: row.language,
    clientKey: row.client_key,
    at: new Date(row.sent_at).toISOString(),
  });
}

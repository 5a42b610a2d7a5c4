import type { EventLog } from '@parley/event-log';
import type { Database } from '@parley/runtime';

const ROWS_MAX = 500;

/**
 * Brings the oldest events of the outbox to the topic. A merchant's rows are numbered under the lock of its event counter, so
 * that none appears behind one already read. Appended first, then let go: after a crash between the two an event comes
 * twice, under the same id.
 * @returns how many there were.
 */
export async function relayOutbox(database: Database, log: Pick<EventLog, 'append'>): Promise<number> {
  const { rows } = await database.query<{ id: string; key: string; event: string }>(
    '*',
    `SELECT o.id, coalesce(e.conversation_id, e.account_id, e.merchant_id) AS key, e.event::text AS event
     FROM (SELECT * FROM conversations.outbox ORDER BY id LIMIT ${ROWS_MAX}) o
     JOIN conversations.events e ON e.merchant_id = o.merchant_id AND e.position = o.position
     ORDER BY o.id`,
  );
  if (rows.length === 0) return 0;
  await log.append(
    'parley.events',
    rows.map(({ key, event }) => ({
      key,
      value: Buffer.from(event, 'utf8'),
      headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
    })),
  );
  await database.query('*', 'DELETE FROM conversations.outbox WHERE id = ANY($1::bigint[])', [rows.map((row) => row.id)]);
  return rows.length;
}

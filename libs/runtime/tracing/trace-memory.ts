import { context, trace } from '@opentelemetry/api';
import { inTrace, type TraceHeaders, traceHeaders } from '@parley/event-log';
import type { House } from '../house';
import { inSpan, tracingIsOn } from './spans';

/** A reply within this time is shown in the trace of what it answers; a later one has a trace of its own. */
const MEMORY_MINUTES = 60;

type Place = Pick<House, 'database' | 'log'>;

/**
 * The trace in which a buyer's message came, kept for the reply, which is another request, perhaps in another process.
 * Called where nothing is traced it does nothing; whatever goes wrong is no reason to hold up a message.
 */
export async function rememberTrace({ database, log }: Place, conversationId: string): Promise<void> {
  const headers = traceHeaders();
  if (!headers) return;
  try {
    await database.query(
      '*',
      `WITH old AS (
         DELETE FROM runtime.traces WHERE conversation_id IN (
           SELECT conversation_id FROM runtime.traces WHERE at < now() - $3 * interval '1 minute' LIMIT 10 FOR UPDATE SKIP LOCKED)
       )
       INSERT INTO runtime.traces (conversation_id, headers) VALUES ($1, $2)
       ON CONFLICT (conversation_id) DO UPDATE SET headers = excluded.headers, at = now()`,
      [conversationId, JSON.stringify(headers), MEMORY_MINUTES],
    );
  } catch (err) {
    log.debug({ err, conversationId }, 'A trace was not kept for the reply');
  }
}

/**
 * Runs the taking of a reply in the trace of what it answers, so that one trace shows the buyer's message and the answer.
 * The request it came by is linked.
 */
export async function inTraceOfConversation<T>(place: Place, conversationId: string, work: () => Promise<T>): Promise<T> {
  if (!tracingIsOn()) return work();
  const headers = await recall(place, conversationId);
  if (!headers) return work();
  const request = trace.getSpanContext(context.active());
  const wish = {
    attributes: { 'parley.conversation_id': conversationId },
    ...(request ? { links: [{ context: request }] } : {}),
  };
  return inTrace(headers, () => inSpan('reply', wish, work));
}

async function recall({ database, log }: Place, conversationId: string): Promise<TraceHeaders | undefined> {
  try {
    const { rows } = await database.query<{ headers: TraceHeaders }>(
      '*',
      `SELECT headers FROM runtime.traces WHERE conversation_id = $1 AND at > now() - $2 * interval '1 minute'`,
      [conversationId, MEMORY_MINUTES],
    );
    return rows[0]?.headers;
  } catch (err) {
    log.debug({ err, conversationId }, 'The trace of a conversation could not be read');
    return undefined;
  }
}

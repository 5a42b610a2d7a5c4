import type { House } from '@parley/runtime';
import { conversations, type DemoConversation, type DemoMessage } from './conversations';

/** A message of the demo that has come through. */
export interface StoredMessage {
  readonly id: string;
  readonly conversationId: string;
  readonly accountId: string;
  readonly conversation: DemoConversation;
  readonly message: DemoMessage;
}

const WAIT_MS_MAX = 60_000;
const LOOK_MS = 200;

/** Waits until every message is in the store and translation has looked at it; gives up on the rest after a minute. */
export async function untilStored(house: House, merchantId: string): Promise<StoredMessage[]> {
  const wanted = conversations.flatMap((conversation) => conversation.messages.map((message) => ({ conversation, message })));
  for (const giveUpAt = Date.now() + WAIT_MS_MAX; ; ) {
    const rows = await read(house, merchantId);
    const found = wanted.flatMap(({ conversation, message }) => {
      const row = rows.find(({ text, channel }) => channel === conversation.channel && text.startsWith(message.text));
      return row ? [{ ...row, conversation, message }] : [];
    });
    const settled = found.length === wanted.length && rows.every((row) => row.settled);
    if (settled || Date.now() > giveUpAt || house.stopping.aborted) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

interface Row {
  readonly id: string;
  readonly conversationId: string;
  readonly accountId: string;
  readonly channel: string;
  readonly text: string;
  readonly settled: boolean;
}

async function read(house: House, merchantId: string): Promise<Row[]> {
  const { rows } = await house.database.query<Row>(
    merchantId,
    `SELECT id, conversation_id AS "conversationId", account_id AS "accountId", channel,
       coalesce(parts -> 0 ->> 'text', '') AS text, direction = 'outbound' OR translation_status <> 'pending' AS settled
     FROM conversations.messages WHERE merchant_id = $1 AND account_id LIKE 'acc\\_demo%' AND author ->> 'kind' <> 'system'`,
    [merchantId],
  );
  return rows;
}

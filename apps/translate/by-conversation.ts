/** Conversations worked on at once within a batch. Engines have limits of their own. */
const CONVERSATIONS_MAX = 16;

/** In order within a conversation, several conversations at a time. The first error ends it, once all at work have stopped. */
export async function byConversation<T extends { readonly conversationId: string }>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const conversations = new Map<string, T[]>();
  for (const item of items) {
    const list = conversations.get(item.conversationId);
    if (list) list.push(item);
    else conversations.set(item.conversationId, [item]);
  }
  const waiting = [...conversations.values()];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let list = waiting.shift(); list !== undefined && failures.length === 0; list = waiting.shift()) {
      for (const item of list) await work(item);
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(CONVERSATIONS_MAX, waiting.length) }, () => worker().catch((error) => failures.push(error))),
  );
  if (failures.length > 0) throw failures[0];
}

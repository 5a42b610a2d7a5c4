/**
 * The answers to statements that were given one behind the other without waiting. After one has failed Postgres refuses those
 * behind it; awaited in their order, the failure that is told is the one that was first.
 */
export async function inOrder<T extends readonly unknown[]>(
  answers: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  for (const answer of answers) answer.catch(() => undefined);
  const results: unknown[] = [];
  for (const answer of answers) results.push(await answer);
  return results as unknown as T;
}

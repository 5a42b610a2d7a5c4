/** When each fact was said, RFC 3339 with milliseconds in UTC, so that texts compare as times do. */
export type FactsAt = Record<string, string>;

/**
 * The newer of what is known and what is said now; null says nothing. Of two things said at the same time the one that sorts
 * last wins, so that the order in which they come leaves no trace.
 */
export function newerFact<T>(factsAt: FactsAt, name: string, known: T, said: T | null | undefined, at: string): T {
  if (said === null || said === undefined) return known;
  const knownAt = factsAt[name];
  if (knownAt !== undefined && (at < knownAt || (at === knownAt && JSON.stringify(said) <= JSON.stringify(known)))) return known;
  factsAt[name] = at;
  return JSON.stringify(said) === JSON.stringify(known) ? known : said;
}

/** For facts that the first to say them decides, such as a subject. */
export function olderFact<T>(factsAt: FactsAt, name: string, known: T, said: T | null | undefined, at: string): T {
  const knownAt = factsAt[name];
  if (said === null || said === undefined || knownAt === DECIDED) return known;
  if (knownAt !== undefined && (at > knownAt || (at === knownAt && JSON.stringify(said) >= JSON.stringify(known)))) return known;
  factsAt[name] = at;
  return JSON.stringify(said) === JSON.stringify(known) ? known : said;
}

/** In place of a time: a person decided, no channel has a say in it any more. Sorts after every time. */
export const DECIDED = 'decided';

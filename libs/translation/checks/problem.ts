/** What the checks are called in `translation.checks`. */
export const checkNames = [
  'entities',
  'numbers',
  'language',
  'length',
  'structure',
  'content',
  'glossary',
  'negation',
  'register',
] as const;
export type CheckName = (typeof checkNames)[number];

/**
 * What is wrong with a translation, in words an agent can act on.
 * - `unusable`: no translation at all (an echo, a refusal): nobody is shown it as one.
 * - `unsafe`: must not be sent; may be shown, with the words beside it.
 * - `notice`: worth a look, stops nothing.
 */
export interface Problem {
  readonly check: CheckName;
  readonly gravity: 'unusable' | 'unsafe' | 'notice';
  readonly message: string;
}

/** Enough to act on; a list of fifty helps nobody. */
const MESSAGES_MAX = 3;

/** One line per check: `ok`, or what is wrong. */
export function describeChecks(problems: readonly Problem[]): Record<string, string> {
  return Object.fromEntries(checkNames.map((name) => [name, linesOf(problems.filter((problem) => problem.check === name))]));
}

function linesOf(problems: readonly Problem[]): string {
  if (problems.length === 0) return 'ok';
  const messages = [...new Set(problems.map((problem) => problem.message))];
  const more = messages.length - MESSAGES_MAX;
  return `${messages.slice(0, MESSAGES_MAX).join(' ')}${more > 0 ? ` And ${more} more.` : ''}`;
}

import { type Fact, findFacts, nameOf } from '../protect/facts';
import { asciiDigits } from '../protect/masks';
import { saysMonth } from '../protect/months';
import { discountsIn, saysNumber } from './number-words';
import type { Problem } from './problem';

export interface Languages {
  readonly from: string;
  readonly to: string;
}

/** A fact with its text: what the agent has to look for. Long ones are cut. */
const quoted = (fact: Pick<Fact, 'kind' | 'text'>): string =>
  `${nameOf(fact.kind)} "${fact.text.length > 80 ? `${fact.text.slice(0, 79)}…` : fact.text}"`;

/**
 * Every fact of the original stands in the translation, byte for byte and as often, and nothing of the kind was added.
 * Facts that bend with the language (dates in words, counts) are compared by their numbers.
 */
export function checkFacts(source: string, translated: string, languages: Languages): Problem[] {
  const facts = findFacts(source);
  const { rest, problems } = takeExact(
    facts.filter((fact) => !fact.byValue),
    source,
    translated,
  );
  const left = findFacts(rest);
  return [...problems, ...added(left), ...checkNumbers(facts, left, source, translated, languages)];
}

/** Takes the exact facts out of the translation, longest first, so that "12" is not looked for inside "112". */
function takeExact(facts: readonly Fact[], source: string, translated: string): { rest: string; problems: Problem[] } {
  const problems: Problem[] = [];
  let rest = translated;
  for (const fact of [...facts].sort((a, b) => b.text.length - a.text.length)) {
    const at = indexOfWhole(rest, fact, joints(source, fact.start, fact.end));
    if (at < 0) problems.push({ check: 'entities', gravity: 'unsafe', message: `The ${quoted(fact)} is missing or changed.` });
    else rest = `${rest.slice(0, at)}\0${rest.slice(at + fact.text.length)}`;
  }
  return { rest, problems };
}

interface Joints {
  readonly left: boolean;
  readonly right: boolean;
}

/** Where the fact stands by itself: no part of a longer number or word, unless the original has it so too. */
function indexOfWhole(text: string, fact: Fact, allowed: Joints): number {
  for (let at = text.indexOf(fact.text); at >= 0; at = text.indexOf(fact.text, at + 1)) {
    const { left, right } = joints(text, at, at + fact.text.length);
    if ((allowed.left || !left) && (allowed.right || !right)) return at;
  }
  return -1;
}

/** On which sides a piece of text runs into more letters or digits. */
function joints(text: string, start: number, end: number): Joints {
  const joined = (at: number): boolean => /^[\p{Script=Latin}\p{Nd}]{2}$/u.test(text.slice(at - 1, at + 1));
  return { left: joined(start), right: joined(end) };
}

/** A link or an address that nobody wrote is worse than a missing one; an added emoji is only odd. */
function added(left: readonly Fact[]): Problem[] {
  return left
    .filter((fact) => ['link', 'email', 'handle', 'placeholder', 'emoji'].includes(fact.kind))
    .map((fact) => ({
      check: 'entities',
      gravity: fact.kind === 'emoji' ? 'notice' : 'unsafe',
      message: `The ${quoted(fact)} is not in the original.`,
    }));
}

function checkNumbers(
  facts: readonly Fact[],
  left: readonly Fact[],
  source: string,
  translated: string,
  { from, to }: Languages,
): Problem[] {
  const wanted = numbersOf(facts.filter((fact) => fact.byValue));
  const found = numbersOf(left.filter((fact) => fact.kind !== 'emoji' && fact.kind !== 'link'));
  for (const number of [...wanted]) {
    const at = found.indexOf(number);
    if (at < 0) continue;
    found.splice(at, 1);
    wanted.splice(wanted.indexOf(number), 1);
  }
  /** "11月" here and "November" there; "2" here and "two" there. */
  const spelled = (number: string, here: string, there: string, language: string): boolean => {
    const value = Number(number);
    return (
      saysNumber(there, value, language) ||
      (value >= 1 && value <= 12 && numbersMonth(here, value) && saysMonth(there, value, language)) ||
      saysDiscount(here, there, value)
    );
  };
  return [
    ...wanted
      .filter((number) => !spelled(number, source, translated, to))
      .map((number) => `The number ${number} is missing or changed.`),
    ...found
      .filter((number) => !spelled(number, translated, source, from))
      .map((number) => `The number ${number} is not in the original.`),
  ].map((message) => ({ check: 'numbers', gravity: 'unsafe', message }));
}

/** Runs of digits, whatever their script, without leading zeros: "05" is "5". Sorted out of order on purpose: languages are. */
const numbersOf = (facts: readonly Fact[]): string[] =>
  facts.flatMap((fact) => asciiDigits(fact.text).match(/\d+/g) ?? []).map((digits) => digits.replace(/^0+(?=\d)/, ''));

/** "8折" on one side, "20 % off" on the other. */
const saysDiscount = (here: string, there: string, value: number): boolean =>
  discountsIn(here).some(({ written, off }) => written === value && there.includes(String(off))) ||
  discountsIn(there).some(({ off }) => off === value);

/** True where the month is written as a number: "11月", "11월", "tháng 11". */
const numbersMonth = (text: string, month: number): boolean =>
  new RegExp(`(?<!\\d)0?${month}\\s?[月월]|tháng\\s0?${month}(?!\\d)`, 'iu').test(asciiDigits(text));

import type { Glossary } from '@parley/model';
import { checkContent } from './checks/content';
import { checkFacts, type Languages } from './checks/facts';
import { checkNegation } from './checks/negation';
import type { Problem } from './checks/problem';
import { checkLanguage, checkLength, checkRegister, checkStructure } from './checks/text';
import type { Formality } from './engines/engine';
import { checkTerms, findTerms, maskFor, type PairTerm, type TermUse } from './glossary/terms';
import { type Fact, findFacts, hasWords, nameOf } from './protect/facts';
import type { Masked } from './protect/masks';
import { localDate } from './protect/written-date';

/**
 * How much the engine is kept from: `exact` facts and names at first; `all` of what bends with the language too (counts,
 * dates in words, the shop's terms) once the engine got one of them wrong.
 */
export type Masking = 'exact' | 'all';

/** One text of a message: its facts and terms are found once, whatever is tried with it then. */
export interface MessageText {
  readonly source: string;
  /** Nothing but facts: stays as it is. */
  readonly wordless: boolean;
  readonly facts: readonly Fact[];
  readonly uses: readonly TermUse[];
}

export function readText(source: string, terms: readonly PairTerm[], from: string): MessageText {
  const facts = findFacts(source);
  return { source, wordless: !hasWords(source), facts, uses: findTerms(source, terms, facts, from) };
}

export function masksFor(text: MessageText, masking: Masking, { from, to }: Languages): Masked[] {
  const facts = text.facts.filter((fact) => masking === 'all' || !fact.byValue);
  const uses = text.uses.filter((use) => masking === 'all' || use.term.doNotTranslate);
  const terms = uses.map((use) => maskFor(use, text.source)).filter((mask) => mask !== null);
  const free = facts.filter((fact) => !terms.some((term) => term.start < fact.end && fact.start < term.end));
  const asMask = ({ start, end, text: written, kind }: Fact): Masked => {
    const fill = kind === 'written-date' ? localDate(written, from, to) : written;
    return { start, end, fill, meaning: nameOf(kind) };
  };
  return [...terms, ...free.map(asMask)].sort((a, b) => a.start - b.start);
}

export interface CheckOptions extends Languages {
  readonly glossary: Glossary;
  readonly formality: Formality;
}

/** Everything that can be said about a translation without another engine. */
export function checkText(text: MessageText, translated: string, options: CheckOptions): Problem[] {
  const { source } = text;
  if (text.wordless) return source === translated ? [] : checkFacts(source, translated, options);
  const content = checkContent(source, withoutNames(translated, text), options);
  if (translated.trim() === '') return content;
  return [
    ...content,
    ...withoutShopWords(checkFacts(source, translated, options), text),
    ...checkStructure(source, translated),
    ...checkLength(source, translated, options),
    ...(content.every((problem) => problem.gravity !== 'unusable') ? checkLanguage(translated, options) : []),
    ...checkTerms(text.uses, translated, options.to),
    ...checkNegation(source, translated, options),
    ...(options.formality === 'formal' ? checkRegister(translated, options.to) : []),
  ];
}

/** Names that are not to be translated stay as they are, in whatever script, and so does a date that nobody could read. */
function withoutNames(translated: string, { uses, facts }: MessageText): string {
  const names = uses.map(({ term }) => term.target).filter((target) => target !== null);
  const dates = facts.filter((fact) => fact.kind === 'written-date').map((fact) => fact.text);
  return [...names, ...dates].reduce((text, name) => text.replaceAll(name, ' '), translated);
}

/** The shop's own term may hold a number ("7-day returns"): it is not foreign. */
function withoutShopWords(problems: readonly Problem[], { uses }: MessageText): Problem[] {
  const numbers = new Set(uses.flatMap((use) => use.term.target?.match(/\d+/g) ?? []));
  return problems.filter((problem) => !numbers.has(problem.message.match(/^The number (\d+) is not/)?.[1] ?? ''));
}

import type { Glossary } from '@parley/model';
import type { Problem } from '../checks/problem';
import { baseLanguage, isUnspaced, pickByLanguage, sameLanguage } from '../languages';
import type { Fact } from '../protect/facts';
import type { Masked } from '../protect/masks';

/** A term as it bears on one pair of languages. */
export interface PairTerm {
  readonly source: string;
  /** Null where only forbidden words are given. The source itself for what is not to be translated. */
  readonly target: string | null;
  readonly doNotTranslate: boolean;
  readonly forbidden: readonly string[];
}

/** A term found in a text. */
export interface TermUse {
  readonly term: PairTerm;
  readonly start: number;
  readonly end: number;
}

/** Terms of the glossary for a pair. A term made for one direction serves the other: both sides are the shop's words. */
export function termsFor(glossary: Glossary, from: string, to: string): PairTerm[] {
  const terms: PairTerm[] = [];
  for (const term of glossary.terms) {
    const forbidden = pickByLanguage(term.forbidden, to) ?? [];
    if (term.doNotTranslate) {
      terms.push({ source: term.source, target: term.source, doNotTranslate: true, forbidden });
      continue;
    }
    const forms = { ...term.targets, [term.sourceLanguage]: term.source };
    const source = pickByLanguage(forms, from);
    const target = sameLanguage(term.sourceLanguage, to) ? term.source : (pickByLanguage(term.targets, to) ?? null);
    if (source && (target !== null || forbidden.length > 0)) terms.push({ source, target, doNotTranslate: false, forbidden });
  }
  return terms.sort((a, b) => b.source.length - a.source.length);
}

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Endings a noun takes without becoming another word, where none are listed. */
const ending: Readonly<Record<string, string>> = {
  en: "(?:s|es|['’]s)?", es: '(?:s|es)?', pt: '(?:s|es)?', fr: '(?:s|x)?', de: '(?:e|en|n|s|es|er|ern)?', nl: '(?:en|s)?', ru: '\\p{L}{0,3}', pl: '\\p{L}{0,3}', uk: '\\p{L}{0,3}',
}; // biome-ignore format: a table

function patternFor(source: string, language: string, exact: boolean): RegExp {
  const text = escapeRegExp(source).replace(/\s+/g, '\\s+');
  if (isUnspaced(language) && !/^[\p{Script=Latin}\p{Nd} ]+$/u.test(source)) return new RegExp(text, 'giu');
  // "Apple" the brand is not to be translated; the apple is.
  const flags = exact && source !== source.toLowerCase() ? 'gu' : 'giu';
  const tail = exact ? '' : (ending[baseLanguage(language)] ?? '');
  return new RegExp(
    `(?<![\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Nd}])${text}${tail}(?![\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Nd}])`,
    flags,
  );
}

/** Longest terms first; a term inside a fact is the fact's business. Uses are in order and never overlap. */
export function findTerms(text: string, terms: readonly PairTerm[], facts: readonly Fact[], from: string): TermUse[] {
  const uses: TermUse[] = [];
  const taken: { start: number; end: number }[] = facts.filter((fact) => !fact.byValue).map(({ start, end }) => ({ start, end }));
  for (const term of terms) {
    for (const match of text.matchAll(patternFor(term.source, from, term.doNotTranslate))) {
      const [start, end] = [match.index, match.index + match[0].length];
      if (taken.some((span) => span.start < end && start < span.end)) continue;
      taken.push({ start, end });
      uses.push({ term, start, end });
    }
  }
  return uses.sort((a, b) => a.start - b.start);
}

/** The shop's word in the place of its counterpart, in the case of what stood there. */
export function maskFor(use: TermUse, text: string): Masked | null {
  const { term, start, end } = use;
  const written = text.slice(start, end);
  if (term.doNotTranslate) return { start, end, fill: written, meaning: 'a name' };
  if (term.target === null) return null;
  return { start, end, fill: inCaseOf(written, term.target), meaning: `"${term.target}"` };
}

function inCaseOf(written: string, target: string): string {
  if (written.length > 1 && written === written.toUpperCase() && written !== written.toLowerCase()) return target.toUpperCase();
  const first = written[0] ?? '';
  const isCapital = first !== first.toLowerCase() && written.slice(1) === written.slice(1).toLowerCase();
  // German nouns have a capital anyway, and the term knows better than we where it begins a sentence.
  return isCapital && target[0] !== undefined ? target[0].toUpperCase() + target.slice(1) : target;
}

/** The shop's words are there, and none that it forbids. */
export function checkTerms(uses: readonly TermUse[], translated: string, to: string): Problem[] {
  const problems: Problem[] = [];
  for (const term of new Set(uses.map((use) => use.term))) {
    if (term.doNotTranslate) {
      if (!contains(translated, term.source, to))
        problems.push({
          check: 'glossary',
          gravity: 'unsafe',
          message: `"${term.source}" is not to be translated, and is missing.`,
        });
    } else if (term.target !== null && !contains(translated, stem(term.target, to), to))
      problems.push({
        check: 'glossary',
        gravity: 'notice',
        message: `"${term.source}" should be "${term.target}" by the glossary.`,
      });
    for (const word of term.forbidden) {
      if (patternFor(word, to, false).test(translated))
        problems.push({ check: 'glossary', gravity: 'unsafe', message: `"${word}" is forbidden by the glossary.` });
    }
  }
  return problems;
}

/** "talla" is there in "tallas": inflected languages get the word's beginning. */
const stem = (target: string, language: string): string =>
  isUnspaced(language) || target.length < 5 ? target : target.slice(0, Math.max(4, target.length - 2));

function contains(text: string, wanted: string, language: string): boolean {
  if (isUnspaced(language)) return text.toLowerCase().includes(wanted.toLowerCase());
  return new RegExp(`(?<![\\p{Script=Latin}\\p{Script=Cyrillic}])${escapeRegExp(wanted).replace(/\s+/g, '\\s+')}`, 'iu').test(
    text,
  );
}

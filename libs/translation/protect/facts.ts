import { type FactKind, factPatterns, trimLink } from './patterns';

/** A piece of text that must survive translation byte by byte. */
export interface Fact {
  readonly kind: FactKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /**
   * Words around it may bend to the other language ("5 November" is "11月5日"): its value is compared, not its bytes.
   * Engines see such a fact at first, and a mask only when they got it wrong.
   */
  readonly byValue: boolean;
}

/** Longer texts are searched in pieces, so that no pattern ever runs over a book. */
const PIECE_CHARS_MAX = 20_000;

/** The facts of a text in order; they never overlap and never cross a line. */
export function findFacts(text: string): Fact[] {
  const facts: Fact[] = [];
  for (const { piece, offset } of pieces(text)) facts.push(...factsOf(piece, offset));
  return facts;
}

function factsOf(text: string, offset: number): Fact[] {
  const facts: Fact[] = [];
  let open = text;
  const seen = new Map<RegExp, boolean>();
  for (const { kind, pattern, needs, accept } of factPatterns) {
    if (needs && !has(text, needs, seen)) continue;
    for (const match of open.matchAll(pattern)) {
      const found = kind === 'link' ? trimLink(match[0]) : match[0].trimEnd().replace(/,$/, '');
      if (found === '' || (accept && !accept(found, text, match.index))) continue;
      const end = match.index + found.length;
      facts.push({ kind, text: found, start: offset + match.index, end: offset + end, byValue: isByValue(kind) });
      open = open.slice(0, match.index) + '\0'.repeat(found.length) + open.slice(end);
    }
  }
  return facts.sort((a, b) => a.start - b.start);
}

function has(text: string, needs: RegExp, seen: Map<RegExp, boolean>): boolean {
  let answer = seen.get(needs);
  if (answer === undefined) {
    answer = needs.test(text);
    seen.set(needs, answer);
  }
  return answer;
}

const isByValue = (kind: FactKind): boolean => kind === 'count' || kind === 'written-date';

function pieces(text: string): { piece: string; offset: number }[] {
  if (text.length <= PIECE_CHARS_MAX) return [{ piece: text, offset: 0 }];
  const list: { piece: string; offset: number }[] = [];
  for (let start = 0; start < text.length; ) {
    const limit = start + PIECE_CHARS_MAX;
    const newline = limit < text.length ? text.lastIndexOf('\n', limit) : -1;
    const blank = limit < text.length ? text.lastIndexOf(' ', limit) : -1;
    const cut = newline > start ? newline + 1 : blank > start ? blank + 1 : Math.min(limit, text.length);
    list.push({ piece: text.slice(start, cut), offset: start });
    start = cut;
  }
  return list;
}

/** The text with a space where each fact stood: what remains is language. */
export function stripFacts(text: string): string {
  let bare = '';
  let at = 0;
  for (const fact of findFacts(text)) {
    if (fact.kind === 'written-date') continue;
    bare += `${text.slice(at, fact.start)} `;
    at = fact.end;
  }
  return bare + text.slice(at);
}

/** False when nothing is left to be translated once facts are taken out: "👍", "AB-10234". */
export const hasWords = (text: string): boolean => beginsWithWords(text) || /\p{L}/u.test(stripFacts(text));

const BEGINNING_CHARS = 240;
/** No letter this far before the cut is part of a fact that the cut has gone through. */
const MARGIN_CHARS = 120;

/** The beginning of a long text says it, unless it is all facts. */
function beginsWithWords(text: string): boolean {
  if (text.length <= BEGINNING_CHARS) return false;
  const bare = stripFacts(text.slice(0, BEGINNING_CHARS));
  return /\p{L}/u.test(bare.slice(0, Math.max(0, bare.length - MARGIN_CHARS)));
}

/** What a person would call it: "The order number or code AB-10234 is missing". */
const names: Readonly<Record<FactKind, string>> = {
  placeholder: 'placeholder',
  link: 'link',
  email: 'e-mail address',
  emoji: 'emoji',
  handle: 'name',
  address: 'address',
  code: 'number or code',
  amount: 'amount',
  date: 'date',
  time: 'time',
  phone: 'phone number',
  size: 'size',
  measure: 'measure',
  number: 'number',
  coupon: 'coupon code',
  'written-date': 'date',
  count: 'number',
};

export const nameOf = (kind: FactKind): string => names[kind];

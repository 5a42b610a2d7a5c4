import { createHash } from 'node:crypto';

/**
 * Words a text can be found by. Scripts written with spaces give lower-cased words without their accents; those written
 * without give single characters and pairs, which need no dictionary (`运费` is found in `国际运费是多少`). What
 * looks like an order number is kept whole, without its separators, and in pieces.
 */
const TEXT_LENGTH_MAX = 20_000;
const TERMS_MAX = 400;
const TERM_LENGTH_MAX = 48;
const QUERY_TERMS_MAX = 24;
const PREFIX_LENGTH_MIN = 2;

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30fc\u3005]+/gu;
const WORD = /[\p{L}\p{N}\p{M}]+/gu;
/** Letters and digits joined by the separators order numbers are written with. */
const NUMBERED = /[\p{L}\p{N}]+(?:[-_/.#][\p{L}\p{N}]+)+/gu;
const DIGITS_OR_LETTERS = /\p{N}+|[\p{L}\p{M}]+/gu;
const HAS_DIGIT = /\p{N}/u;
const SEPARATED = /[-_/.#]/;
/** Scripts without spaces begin beyond these. */
const SPACED_ONLY = /^[\u0000-\u0dff]*$/;

/** Accents of Latin, Greek and Cyrillic are left out; marks that make another letter (が, ก่) stay. */
const fold = (text: string): string =>
  text
    .slice(0, TEXT_LENGTH_MAX)
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase();

/** Distinct terms of a text; a bounded number, each of bounded length, of letters, marks and digits only. */
export function searchTerms(text: string): string[] {
  const folded = fold(text);
  const terms = new Set<string>();
  for (const number of numbersIn(folded)) terms.add(cut(withoutSeparators(number)));
  for (const word of new Set(folded.match(WORD))) {
    if (terms.size >= TERMS_MAX) break;
    for (const term of termsOfWord(word)) terms.add(cut(term));
  }
  return [...terms].slice(0, TERMS_MAX);
}

const cut = (term: string): string => (term.length <= TERM_LENGTH_MAX ? term : term.slice(0, TERM_LENGTH_MAX).toWellFormed());

/** Order numbers and the like, as they are written; the script around them may have no spaces (`注文番号AB-12の荷物`). */
function numbersIn(folded: string): string[] {
  const found: string[] = [];
  if (!HAS_DIGIT.test(folded)) return found;
  // Cut first: to look for them letter by letter would begin anew within every word.
  for (const piece of folded.split(/\s+/)) {
    if (!SEPARATED.test(piece) || !HAS_DIGIT.test(piece)) continue;
    for (const [run] of piece.matchAll(NUMBERED)) {
      for (const number of run.split(UNSPACED)) if (HAS_DIGIT.test(number) && SEPARATED.test(number)) found.push(number);
    }
  }
  return found;
}

const withoutSeparators = (number: string): string => number.replace(/[-_/.#]/g, '');

function termsOfWord(word: string): string[] {
  const { unspaced, words } = byScript(word);
  const terms = unspaced.flatMap((run) => [...singles(run), ...pairs(run)]);
  for (const each of words) {
    terms.push(each);
    if (HAS_DIGIT.test(each)) for (const [piece] of each.matchAll(DIGITS_OR_LETTERS)) terms.push(piece);
  }
  return terms;
}

/** `订单abc123` is a run of Han and a word. */
function byScript(word: string): { unspaced: string[]; words: string[] } {
  if (SPACED_ONLY.test(word)) return { unspaced: [], words: [word] };
  const unspaced = word.match(UNSPACED) ?? [];
  if (unspaced.length === 0) return { unspaced: [], words: [word] };
  return { unspaced, words: word.split(UNSPACED).filter((rest) => rest !== '') };
}

const singles = (run: string): string[] => [...new Set(run)];
function pairs(run: string): string[] {
  const characters = [...run];
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

/**
 * The tsquery (as text) that finds what a person typed: every word of it must be in the text, words also by their
 * beginning, so that part of an order number is enough. Null when there is nothing to look for.
 */
export function searchQuery(typed: string, merchantId: string): string | null {
  const tag = merchantTag(merchantId);
  const lexeme = (term: string, prefix: boolean) => `'${tag}${cut(term)}'${prefix ? ':*' : ''}`;
  const wanted: string[] = [];
  let rest = fold(typed);
  for (const number of numbersIn(rest)) {
    const inPieces = (number.match(WORD) ?? []).map((piece) => lexeme(piece, true)).join(' & ');
    wanted.push(`(${lexeme(withoutSeparators(number), true)} | (${inPieces}))`);
    rest = rest.replace(number, ' ');
  }
  for (const [word] of rest.matchAll(WORD)) {
    const { unspaced, words } = byScript(word);
    for (const run of unspaced) for (const term of [...run].length === 1 ? [run] : pairs(run)) wanted.push(lexeme(term, false));
    for (const each of words) wanted.push(lexeme(each, each.length >= PREFIX_LENGTH_MIN));
  }
  return wanted.length === 0 ? null : wanted.slice(0, QUERY_TERMS_MAX).join(' & ');
}

/** Put before each term of a merchant: the index is shared, a look-up reads this merchant's part of it. */
export function merchantTag(merchantId: string): string {
  let tag = tags.get(merchantId);
  if (tag === undefined) {
    tag = createHash('sha256').update(merchantId).digest('base64url').slice(0, TAG_LENGTH);
    if (tags.size >= TAGS_MAX) tags.clear();
    tags.set(merchantId, tag);
  }
  return tag;
}
const TAG_LENGTH = 6;
const TAGS_MAX = 10_000;
const tags = new Map<string, string>();

/**
 * What stands in an engine's text for something it must not touch. No shape is safe with every engine: one translates
 * word-like codes, another mends broken mark-up. So each adapter names its shapes in the order they are tried.
 */
export type MaskShape = 'bracket' | 'tag' | 'span' | 'email' | 'code';

interface Shape {
  write(index: number): string;
  /** Finds a mask as engines give it back: other digits, other case, spaces inside. Group 1 is its index. */
  readonly pattern: RegExp;
  /** What a broken one leaves behind. */
  readonly residue: RegExp;
  /** The text around is mark-up, in which `<` and `&` are written as entities. */
  readonly markup: boolean;
}

const quote = '["\'“”«»„]?';

const shapes: Readonly<Record<MaskShape, Shape>> = {
  bracket: {
    write: (index) => `⟦${index}⟧`,
    pattern: /⟦\s*(\p{Nd}{1,5})\s*⟧/gu,
    residue: /[⟦⟧]/u,
    markup: false,
  },
  tag: {
    write: (index) => `<x id="${index}"/>`,
    pattern: new RegExp(
      `<\\s*x\\s+id\\s*=\\s*${quote}\\s*(\\p{Nd}{1,5})\\s*${quote}\\s*(?:/\\s*>|>(?:\\s*<\\s*/\\s*x\\s*>)?)`,
      'giu',
    ),
    residue: /<\s*\/?\s*x\b|&lt;\s*x\b/iu,
    markup: true,
  },
  span: {
    write: (index) => `<span translate="no" id="m${index}">⟦${index}⟧</span>`,
    pattern: new RegExp(
      `<\\s*span\\b[^<>]{0,80}?\\bid\\s*=\\s*${quote}m(\\p{Nd}{1,5})${quote}[^<>]{0,40}>[^<>]{0,20}<\\s*/\\s*span\\s*>`,
      'giu',
    ),
    residue: /<\s*\/?\s*span\b|[⟦⟧]/iu,
    markup: true,
  },
  email: {
    write: (index) => `ph${index}@parley.example`,
    pattern: /ph\s?(\p{Nd}{1,5})\s?@\s?parley\s?\.\s?example/giu,
    residue: /@\s?parley|parley\s?\.\s?example/iu,
    markup: false,
  },
  code: {
    write: (index) => `XQ${index}Z`,
    pattern: /XQ\s?(\p{Nd}{1,5})\s?Z/giu,
    residue: /\bXQ\s?\p{Nd}/iu,
    markup: false,
  },
};

/** Something to be put in the place of a span of text once the engine has answered. */
export interface Masked {
  readonly start: number;
  readonly end: number;
  /** What comes back there: the very bytes of a fact, or the shop's own word for a term. */
  readonly fill: string;
  /** Told to engines that can read: "⟦0⟧ is an order number". */
  readonly meaning: string;
}

export interface ProtectedText {
  readonly text: string;
  readonly shape: MaskShape;
  readonly fills: readonly string[];
  readonly meanings: readonly string[];
}

export const isMarkup = (shape: MaskShape): boolean => shapes[shape].markup;
export const writeMask = (shape: MaskShape, index: number): string => shapes[shape].write(index);

/** Puts a mask in the place of each span; spans are in order and do not overlap. */
export function protect(text: string, spans: readonly Masked[], shape: MaskShape): ProtectedText {
  const { write, markup } = shapes[shape];
  const plain = (piece: string): string => (markup ? escapeMarkup(piece) : piece);
  let masked = '';
  let at = 0;
  spans.forEach((span, index) => {
    masked += plain(text.slice(at, span.start)) + write(index);
    at = span.end;
  });
  return {
    text: masked + plain(text.slice(at)),
    shape,
    fills: spans.map((span) => span.fill),
    meanings: spans.map((span) => span.meaning),
  };
}

export interface Restored {
  readonly text: string;
  /** Indices of masks that did not come back, or came back more than once. */
  readonly lost: readonly number[];
  readonly repeated: readonly number[];
  /** A broken mask, or one that was never given. */
  readonly residue: boolean;
}

/** Puts the fills back. One pass: a fill that itself looks like a mask stays as it is. */
export function restore(answer: string, given: ProtectedText, options: { spaceApart?: boolean } = {}): Restored {
  const { pattern, residue, markup } = shapes[given.shape];
  const seen = new Map<number, number>();
  let foreign = false;
  let around = '';
  let text = '';
  let at = 0;
  const take = (piece: string): void => {
    around += `${piece} `;
    text += markup ? unescapeMarkup(piece) : piece;
  };
  for (const match of answer.matchAll(pattern)) {
    const index = Number(asciiDigits(match[1] ?? ''));
    const fill = given.fills[index];
    if (fill === undefined) {
      foreign = true;
      continue;
    }
    take(answer.slice(at, match.index));
    if (options.spaceApart && touches(text, fill)) text += ' ';
    text += fill;
    at = match.index + match[0].length;
    if (options.spaceApart && touches(fill, answer.slice(at, at + 2))) text += ' ';
    seen.set(index, (seen.get(index) ?? 0) + 1);
  }
  take(answer.slice(at));
  return {
    text,
    lost: given.fills.flatMap((_, index) => (seen.has(index) ? [] : [index])),
    repeated: [...seen].filter(([, times]) => times > 1).map(([index]) => index),
    residue: foreign || residue.test(around),
  };
}

/** Two words that an engine used to writing without spaces would run together. */
const touches = (left: string, right: string): boolean =>
  /[\p{Script=Latin}\p{Script=Cyrillic}\p{Nd}]$/u.test(left) && /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Nd}]/u.test(right);

/** True when a piece of masked text holds a letter besides its masks. */
export const hasTextBeside = (piece: string, shape: MaskShape): boolean =>
  /\p{L}/u.test(piece.replace(shapes[shape].pattern, ''));

/** Digits of any script as 0-9. */
export const asciiDigits = (text: string): string =>
  text.replace(/\p{Nd}/gu, (digit) => {
    if (digit <= '9') return digit;
    const code = digit.codePointAt(0) ?? 0;
    // Digits of every script lie in rows of ten; the row begins where the digit before is none.
    let zero = code;
    while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String((code - zero) % 10);
  });

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escapeMarkup = (text: string): string => text.replace(/[&<>]/g, (char) => escapes[char] ?? char);

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** One level of entities; what is no entity stays. */
export const unescapeMarkup = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi, (whole, decimal, hex, name) => {
    if (name) return named[String(name).toLowerCase()] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

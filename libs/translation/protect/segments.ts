/** A message in the pieces an engine gets. `text` goes to the engine, `gap` is kept as it is: line ends, indents, blank lines. */
export type Segment = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'gap'; readonly text: string };

export interface SegmentOptions {
  /** Engines that lose line ends get each line alone; the others the whole text. */
  readonly byLine: boolean;
  readonly charsMax: number;
  /** False for a piece of nothing but masks and signs: no engine is asked about it. */
  hasText(piece: string): boolean;
}

/** Joined, the segments are the text. A segment to translate has a letter and no blank at its ends. */
export function segment(text: string, { byLine, charsMax, hasText }: SegmentOptions): Segment[] {
  const pieces = byLine || text.length > charsMax ? text.split(/(\r\n|[\n\r\u2028\u2029])/) : [text];
  return pieces
    .flatMap((piece) => (piece.length <= charsMax ? [piece] : sentences(piece, charsMax)))
    .flatMap((piece) => trimmed(piece, byLine, hasText));
}

/** "- ", "2. ": a line that goes alone is translated without its mark, so that no engine can lose it. */
const listMark = /^\s*(?:[-*•·▪–]|\p{Nd}{1,2}[.)])\s+/u;

function trimmed(piece: string, byLine: boolean, hasText: SegmentOptions['hasText']): Segment[] {
  if (!hasText(piece)) return piece === '' ? [] : [{ kind: 'gap', text: piece }];
  const mark = byLine ? (listMark.exec(piece)?.[0] ?? '') : '';
  const text = piece.slice(mark.length).trim();
  const start = piece.indexOf(text, mark.length);
  return [gap(piece.slice(0, start)), { kind: 'text' as const, text }, gap(piece.slice(start + text.length))].filter(
    (each) => each.text !== '',
  );
}

const gap = (text: string): Segment => ({ kind: 'gap', text });

/** Whole sentences while they fit; one that is too long alone is cut at a blank. Masks hold no blank followed by a capital. */
function sentences(text: string, charsMax: number): string[] {
  const pieces: string[] = [];
  let held = '';
  for (const sentence of text.split(/(?<=[.!?…]["'”’)]{0,2}\s)|(?<=[。！？])/u).flatMap((each) => cut(each, charsMax))) {
    if (held !== '' && held.length + sentence.length > charsMax) {
      pieces.push(held);
      held = '';
    }
    held += sentence;
  }
  return held === '' ? pieces : [...pieces, held];
}

function cut(text: string, charsMax: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > charsMax) {
    const blank = rest.lastIndexOf(' ', charsMax);
    // A blank inside a tag-shaped mask is none.
    const open = blank > 0 ? rest.lastIndexOf('<', blank) : -1;
    const inside = open >= 0 && !rest.slice(open, blank).includes('>');
    const at = blank <= 0 ? charsMax : inside && open > 0 ? open : blank + 1;
    pieces.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return [...pieces, rest];
}

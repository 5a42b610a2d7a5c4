import type { Capabilities } from './capabilities';

/** No character that people see is longer than this; what is, may be cut. */
const GRAPHEME_LENGTH_MAX = 64;

type Unit = Capabilities['text']['unit'];

/** How long a text is, counted as the channel counts. */
export function textLength(text: string, unit: Unit): number {
  if (unit === 'bytes') return Buffer.byteLength(text);
  if (unit === 'utf16') return text.length;
  let points = 0;
  for (const _ of text) points += 1;
  return points;
}

/**
 * A long text as several that fit, cut where a reader would pause: between paragraphs, lines, sentences, words; inside a
 * word only when it alone is too long, and then never inside a character. White space at the cuts is dropped, all else
 * is kept.
 */
export function splitText(text: string, maxLength: number, unit: Unit): string[] {
  const pieces: string[] = [];
  const end = text.trimEnd().length;
  for (let start = skipSpace(text, 0); start < end; ) {
    const window = lengthThatFits(text, start, maxLength, unit);
    const length = start + window >= end ? end - start : bestCut(text.slice(start, start + window + GRAPHEME_LENGTH_MAX), window);
    pieces.push(text.slice(start, start + length).trimEnd());
    start = skipSpace(text, start + length);
  }
  return pieces;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charAt(at).trim() === '') at += 1;
  return at;
}

/** UTF-16 length of the longest run of whole code points that fits; at least one of them. */
function lengthThatFits(text: string, from: number, maxLength: number, unit: Unit): number {
  let used = 0;
  let at = from;
  while (at < text.length) {
    const point = text.codePointAt(at) ?? 0;
    const width = point > 0xffff ? 2 : 1;
    used += unit === 'utf16' ? width : unit === 'codepoints' ? 1 : utf8Length(point);
    if (used > maxLength && at > from) break;
    at += width;
  }
  return at - from;
}

const utf8Length = (point: number): number => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);

/** From the most to the least natural place to pause; each has to leave at least a part of the window used. */
const pauses: readonly { readonly after: RegExp; readonly leastShare: number }[] = [
  { after: /\n\s*\n/g, leastShare: 0.5 },
  { after: /\n/g, leastShare: 0.5 },
  { after: /[.!?…]["'”’)]*\s|[。！？]["”’」』）]*/g, leastShare: 0.5 },
  { after: /\s/g, leastShare: 0.25 },
  { after: /[、，；：]/g, leastShare: 0.5 },
];

function bestCut(text: string, window: number): number {
  // One character more, so that a word that ends exactly at the limit is seen to end there.
  const seen = text.slice(0, window + 1);
  for (const { after, leastShare } of pauses) {
    let cut = 0;
    for (const match of seen.matchAll(after)) {
      // White space at a cut is dropped, so it may lie beyond the limit; the rest of the match may not.
      const end = match.index + match[0].trimEnd().length;
      if (end <= window) cut = Math.max(cut, end);
    }
    if (cut >= window * leastShare && cut > 0) return cut;
  }
  return graphemeCut(text, window);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The last boundary between characters as people see them: a flag or a family is not torn apart. */
function graphemeCut(text: string, window: number): number {
  let from = Math.max(0, window - GRAPHEME_LENGTH_MAX);
  if (from > 0 && isLowSurrogate(text, from)) from -= 1;
  let cut = 0;
  for (const { index } of graphemes.segment(text.slice(from, window + GRAPHEME_LENGTH_MAX))) {
    const at = from + index;
    if (at > window) break;
    if (at > from) cut = at;
  }
  return cut || window;
}

const isLowSurrogate = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xdc00;

/** A choice for channels that have none: the reader answers with a number. */
export const numberedChoice = (text: string, options: readonly { readonly title: string }[]): string =>
  `${text}\n\n${options.map((option, index) => `${index + 1}. ${option.title}`).join('\n')}`;

/** The rule a channel has for files of this type; undefined: it takes none of them. */
export function mediaRule<Rule extends { readonly mime: string }>(rules: readonly Rule[], mime: string): Rule | undefined {
  const type = bareMime(mime);
  return rules.find(
    (rule) => rule.mime === type || rule.mime === '*/*' || (rule.mime.endsWith('/*') && type.startsWith(rule.mime.slice(0, -1))),
  );
}

/** Without parameters: `audio/ogg; codecs=opus` is `audio/ogg`. */
export const bareMime = (mime: string): string => (mime.split(';')[0] ?? '').trim().toLowerCase();

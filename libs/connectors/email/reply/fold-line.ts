const BIDI = /[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\u061c\ufeff]/g;
const LENGTH_MAX = 500;

/** A line as the rules look at it: lower case, plain blanks, no direction marks, ordinary colon. Linear in its length. */
export const foldLine = (line: string): string =>
  line
    .slice(0, LENGTH_MAX)
    .replaceAll(BIDI, '')
    .replaceAll(/[\u00a0\u202f\u2000-\u200a\u3000\t]/g, ' ')
    .replaceAll('：', ':')
    .trim()
    .toLowerCase()
    .replaceAll('i̇', 'i');

export const isQuoteLine = (line: string): boolean => line.trimStart().startsWith('>');

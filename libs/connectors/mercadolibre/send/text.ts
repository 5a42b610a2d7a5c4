/** Messages take the characters of ISO-8859-1; answers to questions may be longer and take all. */
export const MESSAGE_LENGTH_MAX = 350;
export const ANSWER_LENGTH_MAX = 2_000;

/** Each list of characters, and how all of them are spelt. */
const spellings: readonly (readonly [string, string])[] = [
  ['\u2018\u2019\u201a\u201b\u2039\u203a\u2032', "'"],
  ['\u201c\u201d\u201e\u201f\u2033\u300c\u300d\u300e\u300f\u300a\u300b', '"'],
  ['\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\u2043', '-'],
  ['\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000', ' '],
  ['\u2028\u2029', '\n'],
  ['\u3002', '. '],
  ['\u3001\uff0c', ', '],
  ['\uff01', '! '],
  ['\uff1f', '? '],
  ['\uff1a', ': '],
  ['\uff1b', '; '],
  ['\u3010', '['],
  ['\u3011', ']'],
  ['\u2026', '...'],
  ['\u20ac', 'EUR'],
  ['\u2122', 'TM'],
  ['\u2192', '->'],
  ['\u2190', '<-'],
  ['\u2264', '<='],
  ['\u2265', '>='],
  ['\u2248', '~'],
  ['\u0152', 'OE'],
  ['\u0153', 'oe'],
  ['\u0141', 'L'],
  ['\u0142', 'l'],
  ['\u0110', 'D'],
  ['\u0111', 'd'],
  ['\u0131', 'i'],
];
const spelt = new Map(spellings.flatMap(([characters, plain]) => [...characters].map((one) => [one, plain] as const)));

/** Pictures, and what joins or colours them: left out, because the list of those that are taken is nowhere to be had. */
const DECORATION = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\p{C}\p{M}]/u;
const isTaken = (code: number): boolean =>
  code === 0x09 || code === 0x0a || (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xff);

export interface Folded {
  readonly text: string;
  /** Something is spelt otherwise or left out. */
  readonly changed: boolean;
  /** Characters the channel does not take and that have no other spelling. */
  readonly refused: readonly string[];
}

/**
 * A text in the characters of ISO-8859-1. Typographic ones get their plain spelling, pictures are left out, and what carries
 * meaning and has no spelling is refused.
 */
export function fold(text: string): Folded {
  const given = text.replace(/\r\n?/g, '\n');
  const refused = new Set<string>();
  let folded = '';
  for (const character of given.normalize('NFC')) {
    const plain = plainFor(character);
    if (plain === null) refused.add(character);
    else folded += plain;
  }
  return { text: tidy(folded), changed: folded !== given, refused: [...refused] };
}

/** Null: there is none. */
function plainFor(character: string): string | null {
  const known = spelt.get(character);
  if (known !== undefined) return known;
  // Latin-1 has two pictures of its own, © and ®: it is asked first.
  if (isTaken(character.codePointAt(0) ?? 0)) return character;
  if (DECORATION.test(character)) return '';
  const plain = character.normalize('NFKD').replace(/\p{M}/gu, '');
  return plain !== '' && [...plain].every((one) => isTaken(one.charCodeAt(0))) ? plain : null;
}

/** What was left out leaves no gaps. */
const tidy = (text: string): string =>
  text
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();

/** A plain link is the one tag that is taken. */
export const withoutTags = (text: string): string =>
  text.replace(/<\/?([a-z][a-z0-9]*)(?:\s[^<>]*)?\/?>/gi, (tag, name: string) => (name.toLowerCase() === 'a' ? tag : ''));

/** Links for which messages are held back: shorteners, social networks, payments elsewhere. */
const HELD_BACK =
  /\b(?:bit\.ly|bl\.ink|rebrand\.ly|t2m\.io|tinyurl\.com|zpr\.io|yourls\.org|polrproject\.org|instagram\.com|facebook\.com|fb\.com|tiktok\.com|t\.me|wa\.me|whatsapp\.com|paypal\.(?:com|me)|mpago\.(?:la|li)|mercadopago\.com)\b/gi;
export const linksHeldBack = (text: string): string[] => [
  ...new Set((text.match(HELD_BACK) ?? []).map((link) => link.toLowerCase())),
];

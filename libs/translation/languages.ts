/** Writing systems that matter for detection, spacing and term boundaries. */
export type Script =
  | 'latin'
  | 'cyrillic'
  | 'greek'
  | 'arabic'
  | 'hebrew'
  | 'han'
  | 'kana'
  | 'hangul'
  | 'thai'
  | 'devanagari'
  | 'bengali'
  | 'tamil'
  | 'other';

/** Old and vendor spellings of language codes; the value is BCP 47. */
const aliases: Readonly<Record<string, string>> = {
  iw: 'he',
  in: 'id',
  tl: 'fil',
  no: 'nb',
  nn: 'nb',
  jp: 'ja',
  kr: 'ko',
  cn: 'zh',
};

/** The language without script and region, in its BCP 47 spelling: `zh-CN` is `zh`, `iw` is `he`. */
export function baseLanguage(tag: string): string {
  const base = tag.toLowerCase().split(/[-_]/)[0] ?? '';
  return aliases[base] ?? base;
}

/** `Hans` or `Hant` for Chinese tags, by script or by region; null for every other language. */
export function chineseScript(tag: string): 'Hans' | 'Hant' | null {
  if (baseLanguage(tag) !== 'zh') return null;
  return /hant|tw|hk|mo/i.test(tag.slice(2)) ? 'Hant' : 'Hans';
}

/** True when a reader of one reads the other, so that nothing is to be translated: `pt-BR` and `pt-PT`, `zh-CN` and `zh-Hans`. */
export const sameLanguage = (a: string, b: string): boolean => baseLanguage(a) === baseLanguage(b);

const scripts: Readonly<Record<string, Script>> = {
  zh: 'han',
  ja: 'kana',
  ko: 'hangul',
  th: 'thai',
  ar: 'arabic',
  fa: 'arabic',
  ur: 'arabic',
  he: 'hebrew',
  el: 'greek',
  ru: 'cyrillic',
  uk: 'cyrillic',
  bg: 'cyrillic',
  sr: 'cyrillic',
  be: 'cyrillic',
  mk: 'cyrillic',
  kk: 'cyrillic',
  hi: 'devanagari',
  mr: 'devanagari',
  ne: 'devanagari',
  bn: 'bengali',
  ta: 'tamil',
};

/** The script a language is mostly written in. */
export const scriptOfLanguage = (tag: string): Script => scripts[baseLanguage(tag)] ?? 'latin';

/** Languages that put no spaces between words: terms are matched anywhere, restored text takes no spaces. */
export const isUnspaced = (tag: string): boolean => ['zh', 'ja', 'th', 'lo', 'km', 'my'].includes(baseLanguage(tag));

/** The value for a language in a record keyed by tags: the exact tag first, then one of the same script, then the bare language. */
export function pickByLanguage<T>(values: Readonly<Record<string, T>>, tag: string): T | undefined {
  const keys = Object.keys(values).filter((key) => sameLanguage(key, tag));
  const wanted = tag.toLowerCase();
  const best =
    keys.find((key) => key.toLowerCase() === wanted) ??
    keys.find((key) => chineseScript(key) !== null && key.length > 2 && chineseScript(key) === chineseScript(tag)) ??
    keys.find((key) => key.length === baseLanguage(key).length) ??
    (chineseScript(tag) === null ? keys[0] : undefined);
  return best === undefined ? undefined : values[best];
}

const closeLanguages: readonly (readonly string[])[] = [
  ['id', 'ms'],
  ['nb', 'da', 'sv'],
  ['cs', 'sk'],
  ['hr', 'sr', 'bs', 'sl'],
  ['ru', 'uk', 'be', 'bg', 'sr', 'mk'],
  ['es', 'pt', 'gl', 'ca'],
  ['fa', 'ar', 'ur'],
  ['hi', 'mr', 'ne'],
];

/** True for languages a detector mixes up on short text: no reason to distrust a translation. */
export function easilyConfused(a: string, b: string): boolean {
  const [left, right] = [baseLanguage(a), baseLanguage(b)];
  return left === right || closeLanguages.some((group) => group.includes(left) && group.includes(right));
}

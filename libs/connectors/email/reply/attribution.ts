import { isQuoteLine } from './fold-line';
import { anyLanguage } from './languages';

const LINES_MAX = 4;
const ADDRESS_AT_END =
  /[<([（]?\s*(?:mailto:)?[^\s<>"()[\],;:]{1,64}@[^\s<>"()[\],;:]{2,100}\s*(?:[\]|][^\s]{0,120})?[>)\]）]+\s*(?:[^\d\s:]{0,20}\s*)?:$/;
const DIGITS = /[\d\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u0e50-\u0e59]/;

const OUTSIDE = /[\s<>"()[\],;:@]/;
const LOCAL_MAX = 64;

/** Something before and behind an `@`; looks at each of them once. */
function hasAddress(text: string): boolean {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1))
    if (at > 0 && !OUTSIDE.test(text[at - 1] ?? ' ') && !OUTSIDE.test(text[at + 1] ?? ' ')) return true;
  return false;
}

const endsInAddress = (text: string): boolean => {
  const at = text.lastIndexOf('@');
  return at > 0 && ADDRESS_AT_END.test(text.slice(Math.max(0, at - LOCAL_MAX - 10)));
};

/** Two numbers and something a date is written with: `2024年1月2日`, `2. 1. 2024`, `Jan 2, 2024 at 10:00`. */
function hasDate(text: string): boolean {
  const numbers = text.match(/[\d\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u0e50-\u0e59]{1,4}/g) ?? [];
  return (
    numbers.length >= 2 &&
    (/\d{1,2}[:.h]\d{2}/.test(text) || /\d{4}/.test(text) || /[年月日년월일]/.test(text) || numbers.length >= 3)
  );
}

/** Verbs of languages that write blanks must stand as words; others may touch their neighbours. */
function hasVerb(text: string): boolean {
  return anyLanguage.wrote.some((verb) => {
    const at = text.lastIndexOf(verb);
    if (at < 0) return false;
    if (/[^\u0000-\u04ff\u0590-\u06ff]/.test(verb[0] ?? '')) return true;
    return !isLetter(text[at - 1]) && !isLetter(text[at + verb.length]);
  });
}

const isLetter = (char: string | undefined): boolean => char !== undefined && /\p{L}/u.test(char);

const opens = (text: string): boolean => anyLanguage.opens.some((word) => text.startsWith(word));

/** `lines` are folded. Is `text` (one to four lines joined) the line above a quote? */
function isAttributionText(text: string): boolean {
  if (!DIGITS.test(text) && !hasAddress(text)) return false;
  const dated = hasDate(text);
  // Japanese Gmail, Yandex, Mail.ru: date, name, address, colon, and no verb in any language.
  if (dated && endsInAddress(text)) return true;
  if (!hasVerb(text)) return false;
  return dated || hasAddress(text);
}

export interface Attribution {
  /** First line of it. */
  readonly from: number;
  /** Last line of it. */
  readonly to: number;
  /** Where it begins inside the first line: Chinese ones may stand behind the reply's own words. */
  readonly column: number;
}

/**
 * Does a line that ends an attribution stand at `at`? Wrapped ones are looked for upwards, at most four lines, so the
 * whole text costs no more than a few looks at each line.
 */
export function attributionEndingAt(folded: readonly string[], at: number): Attribution | null {
  const last = folded[at] ?? '';
  if (!last || isQuoteLine(last) || !endsLikeAttribution(last)) return null;
  let text = last;
  let from = at;
  for (;;) {
    if (isAttributionText(text)) break;
    const above = folded[from - 1];
    if (!above || isQuoteLine(above) || at - from + 1 >= LINES_MAX) return null;
    from--;
    text = `${above} ${text}`;
  }
  // The rest of a wrapped one: its first line begins like one and holds what the last one lacks.
  for (let above = folded[from - 1]; above && !isQuoteLine(above) && at - from + 1 < LINES_MAX; above = folded[from - 1]) {
    const complete = hasDate(text) && (opens(text) || hasAddress(text));
    if (complete || !(opens(above) || (hasDate(above) && !hasDate(text)))) break;
    from--;
    text = `${above} ${text}`;
  }
  if (text.length > 600) return null;
  return { from, to: at, column: from === at ? columnOf(folded[from] ?? '') : 0 };
}

/** Ends in a colon, or in a verb where some programs leave the colon out and a quote follows. */
const endsLikeAttribution = (line: string): boolean =>
  /:["'»”*_]*$/.test(line) || /(写道|寫道|wrote|schrieb|a écrit|escribió)[,.]?$/.test(line);

/**
 * "好的 在 2024年1月2日，张三 写道:": the reply and the attribution share a line. Where the name stands before the date
 * ("张三 于2024年…写道:") nothing is the writer's own.
 */
function columnOf(line: string): number {
  const match = /^(.{1,200}?)([\s。，！？!?.])(?=(在|于|於)\s*(?:\d{4}|周|星期)(.{0,300}))/u.exec(line);
  if (!match?.[1] || match[1].includes('@')) return 0;
  const [, before, mark = '', , after = ''] = match;
  const sentence = /[。！？!?]/.test(mark);
  const nameFollows = match[3] === '在' && /[,，].*[,，]|@/.test(after);
  return sentence || nameFollows ? before.length + mark.length : 0;
}

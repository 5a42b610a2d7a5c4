import { baseLanguage, isUnspaced } from '../languages';

const months = new Map<string, readonly (readonly string[])[]>();

/** As the language writes them: alone, in a date, and short. */
function monthNames(language: string): readonly (readonly string[])[] {
  const base = baseLanguage(language);
  const known = months.get(base);
  if (known) return known;
  const styles: Intl.DateTimeFormatOptions[] = [
    { month: 'long' },
    { month: 'long', day: 'numeric' },
    { month: 'short' },
    { month: 'short', day: 'numeric' },
  ];
  const names = Array.from({ length: 12 }, (_, month) => [
    ...new Set(
      styles.flatMap((style) =>
        new Intl.DateTimeFormat(base, { ...style, timeZone: 'UTC' })
          .formatToParts(Date.UTC(2026, month, 5))
          .filter((part) => part.type === 'month' && /^\p{L}/u.test(part.value))
          .map((part) => part.value.replace(/\.$/, '')),
      ),
    ),
  ]);
  months.set(base, names);
  return names;
}

/** True when the text names the month (1 to 12). */
export function saysMonth(text: string, month: number, language: string): boolean {
  return monthNames(language)[month - 1]?.some((name) => hasWord(text, name, language)) ?? false;
}

/** The month a text names; null when it names none, or two. */
export function monthNamed(text: string, language: string): number | null {
  const named = Array.from({ length: 12 }, (_, index) => index + 1).filter((month) => saysMonth(text, month, language));
  return named.length === 1 ? (named[0] ?? null) : null;
}

/** The word by itself; anywhere in languages that put no spaces between words, or join them. */
export function hasWord(text: string, word: string, language: string): boolean {
  const anywhere = isUnspaced(language) || baseLanguage(language) === 'ko';
  const lower = text.toLowerCase();
  const wanted = word.toLowerCase();
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + 1)) {
    if (anywhere) return true;
    const end = at + wanted.length;
    if (!/\p{L}$/u.test(lower.slice(0, at)) && !/^\p{L}/u.test(lower.slice(end))) return true;
  }
  return false;
}

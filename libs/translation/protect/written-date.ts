import { asciiDigits } from './masks';
import { monthNamed } from './months';

/** "11月5日" as a reader of the other language writes it: "5 de noviembre". The text itself where it cannot be read for sure. */
export function localDate(text: string, from: string, to: string): string {
  const date = readDate(asciiDigits(text), from);
  if (date === null) return text;
  const { year, month, day } = date;
  const style: Intl.DateTimeFormatOptions = {
    day: 'numeric',
    month: 'long',
    timeZone: 'UTC',
    ...(year === null ? {} : { year: 'numeric' }),
  };
  try {
    return new Intl.DateTimeFormat(to, { ...style, calendar: 'gregory', numberingSystem: 'latn' }).format(
      Date.UTC(year ?? 2024, month - 1, day),
    );
  } catch {
    // RangeError: a language that is none.
    return text;
  }
}

interface WrittenDate {
  readonly year: number | null;
  readonly month: number;
  readonly day: number;
}

function readDate(text: string, from: string): WrittenDate | null {
  const signs = /^(?:(\d{4})\s?[年년]\s?)?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日号號일]$/u.exec(text);
  const [day, year, ...more] = signs ? [] : (text.match(/\d+/g) ?? []);
  const found = signs
    ? { year: signs[1] ? Number(signs[1]) : null, month: Number(signs[2]), day: Number(signs[3]) }
    : { year: year ? Number(year) : null, month: monthNamed(text, from), day: Number(day) };
  if (found.month === null || more.length > 0 || (found.year !== null && found.year < 1900)) return null;
  // Also refuses the 31st of June.
  const isDate = new Date(Date.UTC(found.year ?? 2024, found.month - 1, found.day)).getUTCDate() === found.day;
  return isDate && found.month <= 12 ? { ...found, month: found.month } : null;
}

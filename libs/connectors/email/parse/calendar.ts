/** An appointment as a mail brings it (RFC 5545, RFC 5546). */
export interface Invitation {
  /** REQUEST, CANCEL, REPLY, COUNTER, PUBLISH. */
  readonly method: string;
  readonly uid: string | null;
  readonly summary: string;
  /** As written, with its zone: `2026-03-01 09:00 (Asia/Shanghai)`. */
  readonly start: string | null;
  readonly end: string | null;
  readonly location: string | null;
  readonly organizer: string | null;
  readonly status: string | null;
}

const LINES_MAX = 5_000;

/** The first event of a calendar; null when there is none. */
export function readInvitation(text: string): Invitation | null {
  const properties = new Map<string, { params: string; value: string }>();
  let method = 'PUBLISH';
  const path: string[] = [];
  const lines = text.replaceAll(/\r?\n[ \t]/g, '').split(/\r?\n/, LINES_MAX);
  for (const line of lines) {
    const colon = colonOf(line);
    if (colon < 0) continue;
    const [name = '', ...params] = line.slice(0, colon).split(';');
    const key = name.toUpperCase();
    const value = line.slice(colon + 1);
    if (key === 'BEGIN') path.push(value.trim().toUpperCase());
    else if (key === 'END') {
      if (path.pop() === 'VEVENT') break;
    } else if (key === 'METHOD') method = value.trim().toUpperCase();
    else if (path.at(-1) === 'VEVENT' && !properties.has(key)) properties.set(key, { params: params.join(';'), value });
  }
  if (properties.size === 0) return null;
  const textOf = (key: string): string | null => unescapeText(properties.get(key)?.value ?? '') || null;
  const organizer = properties.get('ORGANIZER');
  return {
    method,
    uid: textOf('UID'),
    summary: textOf('SUMMARY') ?? '',
    start: timeOf(properties.get('DTSTART')),
    end: timeOf(properties.get('DTEND')),
    location: textOf('LOCATION'),
    organizer: organizer ? (/CN="?([^";]+)/i.exec(organizer.params)?.[1] ?? organizer.value.replace(/^mailto:/i, '')) : null,
    status: textOf('STATUS'),
  };
}

function colonOf(line: string): number {
  let quoted = false;
  for (let i = 0; i < line.length && i < 2_000; i++) {
    if (line[i] === '"') quoted = !quoted;
    else if (line[i] === ':' && !quoted) return i;
  }
  return -1;
}

const unescapeText = (value: string): string =>
  value.replaceAll(/\\([nN,;\\])/g, (_, char: string) => (char.toLowerCase() === 'n' ? '\n' : char)).trim();

function timeOf(property: { params: string; value: string } | undefined): string | null {
  const match = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d{0,2}(Z)?)?/.exec(property?.value.trim() ?? '');
  if (!match) return null;
  const [, year, month, day, hour, minute, utc] = match;
  const zone = utc ? 'UTC' : /TZID="?([^";]+)/i.exec(property?.params ?? '')?.[1];
  return `${year}-${month}-${day}${hour ? ` ${hour}:${minute}` : ''}${zone && hour ? ` (${zone})` : ''}`;
}

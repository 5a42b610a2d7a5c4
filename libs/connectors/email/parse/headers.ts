import { charsetOf, cleanText, decodeBytes } from './charset';
import { LIMITS } from './limits';

/** One header field; the value is unfolded but still in the sender's bytes, one character per byte. */
export interface HeaderField {
  /** Lower case. */
  readonly name: string;
  readonly raw: string;
}

export interface HeaderBlock {
  readonly fields: readonly HeaderField[];
  /** Where the body begins. */
  readonly end: number;
  readonly truncated: boolean;
}

const LF = 0x0a;
const CR = 0x0d;
const FIELD = /^([!-9;-~]{1,100})[ \t]*:/;

/** The end of the line that starts at `from` (without its break), and where the next one starts. */
function lineAt(bytes: Buffer, from: number, limit: number): { end: number; next: number } {
  const at = bytes.indexOf(LF, from);
  if (at < 0 || at >= limit) return { end: limit, next: limit };
  return { end: at > from && bytes[at - 1] === CR ? at - 1 : at, next: at + 1 };
}

/**
 * Header fields from `from` to the first empty line. Lines that are no field (mbox `From `, a field folded without its
 * blank) are skipped as long as more fields follow; else the body begins there, as some mailers forget the empty line.
 */
export function readHeaders(
  bytes: Buffer,
  from: number,
  limit: number,
  isBoundary: (line: string) => boolean = () => false,
): HeaderBlock {
  const fields: { name: string; raw: string }[] = [];
  let at = from;
  let lines = 0;
  let truncated = false;
  while (at < limit) {
    const { end, next } = lineAt(bytes, at, limit);
    if (end === at) return { fields, end: next, truncated };
    const room = lines < LIMITS.headerLines && at - from < LIMITS.headerBytes;
    const line = bytes.toString('latin1', at, Math.min(end, at + LIMITS.fieldBytes));
    if (line.startsWith('--') && isBoundary(line)) return { fields, end: at, truncated };
    if (line.trim() === '') {
      // Blanks alone: a broken empty line. A fold would have text.
      if (!continues(bytes, next, limit)) return { fields, end: next, truncated };
    } else if (!room || end - at > LIMITS.fieldBytes) truncated = true;
    if (room) {
      const last = fields.at(-1);
      const field = FIELD.exec(line);
      if ((line[0] === ' ' || line[0] === '\t') && last) {
        if (last.raw.length < LIMITS.fieldBytes) last.raw += line.replaceAll('\r', ' ');
      } else if (field?.[1]) fields.push({ name: field[1].toLowerCase(), raw: line.slice(field[0].length) });
      else if (!/^>?From /.test(line) && line.trim() !== '' && !continues(bytes, next, limit))
        return { fields, end: at, truncated };
      else if (last && line.trim() !== '' && !/^>?From /.test(line)) last.raw += ` ${line}`;
    }
    lines++;
    at = next;
  }
  return { fields, end: limit, truncated };
}

const LOOK_AHEAD_LINES = 20;

/** Do header fields go on within the next lines, before an empty one? */
function continues(bytes: Buffer, from: number, limit: number): boolean {
  let at = from;
  for (let i = 0; i < LOOK_AHEAD_LINES && at < limit; i++) {
    const { end, next } = lineAt(bytes, at, limit);
    if (end === at) return false;
    const line = bytes.toString('latin1', at, Math.min(end, at + 120));
    if (/^(from|to|subject|date|message-id|mime-version|content-[a-z-]+|received|x-[a-z-]+|cc|reply-to|references):/i.test(line))
      return true;
    at = next;
  }
  return false;
}

export class Headers {
  /** The charset found by guessing in this message: unlabelled headers are likely in the same. */
  constructor(
    readonly fields: readonly HeaderField[],
    readonly hint: string | null = null,
  ) {}

  withHint(hint: string | null): Headers {
    return new Headers(this.fields, hint);
  }

  /** The first occurrence counts: what a relay or an attacker added below does not. */
  raw(name: string): string | null {
    return this.fields.find((field) => field.name === name)?.raw.trim() ?? null;
  }

  allRaw(name: string): readonly string[] {
    return this.fields.filter((field) => field.name === name).map((field) => field.raw.trim());
  }

  has(name: string): boolean {
    return this.fields.some((field) => field.name === name);
  }

  text(name: string): string | null {
    const raw = this.raw(name);
    return raw === null ? null : decodeHeader(raw, this.hint);
  }
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const WORD = /=\?([^?\s*]{1,60})(?:\*[^?\s]*)?\?([bqBQ])\?([^?]*)\?=/g;

/**
 * A field as people read it. Neighbouring encoded words are joined as bytes before they are decoded, because many
 * mailers split a character over two words.
 */
export function decodeHeader(raw: string, hint: string | null = null): string {
  let text = '';
  let last = 0;
  let words = 0;
  let run: { charset: string; bytes: Buffer[] } | null = null;
  const flush = () => {
    if (run) text += decodeBytes(Buffer.concat(run.bytes), run.charset, hint).text;
    run = null;
  };
  for (const match of raw.matchAll(WORD)) {
    if (++words > LIMITS.encodedWords) break;
    const between = raw.slice(last, match.index);
    const charset = match[1] ?? '';
    const bytes = wordBytes(match[2] ?? 'B', match[3] ?? '');
    const open = run as { charset: string; bytes: Buffer[] } | null;
    if (open && between.trim() === '' && sameCharset(open.charset, charset)) open.bytes.push(bytes);
    else {
      flush();
      if (!(open && between.trim() === '')) text += plainHeader(between, hint);
      run = { charset, bytes: [bytes] };
    }
    last = match.index + match[0].length;
  }
  flush();
  text += plainHeader(raw.slice(last), hint);
  return cleanText(text).replaceAll(/\s+/g, ' ').trim();
}

const sameCharset = (a: string, b: string): boolean =>
  a.toLowerCase() === b.toLowerCase() || (charsetOf(a) !== null && charsetOf(a) === charsetOf(b));
const plainHeader = (raw: string, hint: string | null): string => (raw ? decodeBytes(latin1(raw), null, hint).text : '');

function wordBytes(encoding: string, text: string): Buffer {
  if (encoding.toUpperCase() === 'B') return Buffer.from(text.replaceAll(/[^A-Za-z0-9+/_-]/g, ''), 'base64');
  return latin1(
    text.replaceAll('_', ' ').replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
  );
}

// ---------------------------------------------------------------- `text/plain; charset=...`

export interface Parameterised {
  /** Lower case, without parameters. */
  readonly value: string;
  readonly params: Readonly<Record<string, string>>;
}

const PARAMETERS_MAX = 200;

/** A field with parameters: RFC 2231 first, then encoded words in quotes (not legal, everywhere), then raw bytes. */
export function readParameters(raw: string | null, hint: string | null = null): Parameterised {
  const pieces = splitOutsideQuotes(raw ?? '', ';').slice(0, PARAMETERS_MAX);
  const value = (pieces.shift() ?? '')
    .replaceAll(/\([^()]*\)/g, '')
    .trim()
    .toLowerCase();
  const plain: Record<string, string> = {};
  const pieced = new Map<string, { index: number; encoded: boolean; text: string }[]>();
  for (const piece of pieces) {
    const at = piece.indexOf('=');
    if (at < 0) continue;
    const name = piece.slice(0, at).trim().toLowerCase();
    const text = unquote(piece.slice(at + 1).trim());
    const star = /^([^*]+)\*(?:(\d{1,3})(\*)?)?$/.exec(name);
    if (!star?.[1]) plain[name] ??= text;
    else {
      const list = pieced.get(star[1]) ?? [];
      list.push({ index: Number(star[2] ?? 0), encoded: star[2] === undefined || star[3] === '*', text });
      pieced.set(star[1], list);
    }
  }
  const params: Record<string, string> = {};
  for (const [name, text] of Object.entries(plain)) params[name] = decodeHeader(text, hint);
  for (const [name, list] of pieced) params[name] = joinPieces(list, hint);
  return { value, params };
}

function joinPieces(list: { index: number; encoded: boolean; text: string }[], hint: string | null): string {
  const pieces = [...list].sort((a, b) => a.index - b.index);
  let charset: string | null = null;
  const bytes = pieces.map(({ encoded, text }, i) => {
    if (!encoded) return latin1(text);
    const start: RegExpExecArray | null = i === 0 ? /^([^']*)'[^']*'/.exec(text) : null;
    if (start) charset = start[1] || null;
    return latin1(
      text
        .slice(start?.[0].length ?? 0)
        .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    );
  });
  return cleanText(decodeBytes(Buffer.concat(bytes), charset, hint).text);
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text.endsWith(')') ? text.slice(0, Math.max(0, text.lastIndexOf('('))).trimEnd() : text;
  const end = text.lastIndexOf('"');
  return text.slice(1, end > 0 ? end : undefined).replaceAll(/\\(.)/g, '$1');
}

/** Splits at a separator that stands outside quotes, comments and angle brackets. */
export function splitOutsideQuotes(text: string, ...separators: string[]): string[] {
  const pieces: string[] = [];
  let start = 0;
  let quoted = false;
  let depth = 0;
  let angle = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    if (char === '\\') i++;
    else if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === '(') depth++;
    else if (char === ')' && depth > 0) depth--;
    else if (depth > 0) continue;
    else if (char === '<') angle = true;
    else if (char === '>') angle = false;
    else if (!angle && separators.includes(char)) {
      pieces.push(text.slice(start, i));
      start = i + 1;
    }
  }
  pieces.push(text.slice(start));
  return pieces;
}

import { LIMITS } from './limits';

const VOID = new Set(['br', 'hr', 'img', 'input', 'meta', 'link', 'area', 'base', 'col', 'wbr', 'source', 'embed', 'param']);
const SILENT = new Set(['script', 'style', 'head', 'title', 'template', 'svg', 'math']);
const BREAKING = new Set([
  'br',
  'p',
  'div',
  'tr',
  'li',
  'ul',
  'ol',
  'table',
  'blockquote',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'hr',
  'pre',
  'section',
]);

/** One look over the tags: would a parser that builds a tree take too long, or run out of stack? */
export function isCostly(html: string): boolean {
  if (html.length > LIMITS.htmlLength) return true;
  let tags = 0;
  let depth = 0;
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at + 1)) {
    if (++tags > LIMITS.htmlTags) return true;
    const next = html[at + 1] ?? '';
    if (next === '/') depth = Math.max(0, depth - 1);
    else if (/[a-zA-Z]/.test(next) && !VOID.has(tagName(html, at + 1)) && ++depth > LIMITS.htmlDepth) return true;
  }
  return false;
}

function tagName(html: string, from: number): string {
  let to = from;
  while (to < html.length && to - from < 20 && /[a-zA-Z0-9]/.test(html[to] ?? '')) to++;
  return html.slice(from, to).toLowerCase();
}

const STRIP_LENGTH_MAX = 4_000_000;

/** Text of HTML of any size and depth, in one pass: for what the real converter must not be given. */
export function stripTags(html: string): string {
  const end = Math.min(html.length, STRIP_LENGTH_MAX);
  const pieces: string[] = [];
  let at = 0;
  while (at < end) {
    const open = html.indexOf('<', at);
    if (open < 0 || open >= end) {
      pieces.push(html.slice(at, end));
      break;
    }
    pieces.push(html.slice(at, open));
    if (html.startsWith('<!--', open)) {
      const close = html.indexOf('-->', open + 4);
      at = close < 0 ? end : close + 3;
      continue;
    }
    const closing = html[open + 1] === '/';
    const name = tagName(html, open + (closing ? 2 : 1));
    if (!name && html[open + 1] !== '!' && html[open + 1] !== '?' && !closing) {
      pieces.push('<');
      at = open + 1;
      continue;
    }
    const close = html.indexOf('>', open);
    if (close < 0) break;
    at = close + 1;
    if (name === 'td' || name === 'th') pieces.push(closing ? ' ' : '');
    else if (BREAKING.has(name) && (name === 'br' || pieces.at(-1)?.endsWith('\n') !== true)) pieces.push('\n');
    if (!closing && SILENT.has(name)) {
      const after = indexOfClosing(html, name, at);
      at = after < 0 ? end : after;
    }
  }
  return decodeEntities(pieces.join(''))
    .split('\n')
    .map((line) => line.replaceAll(/[ \t\u00a0]+/g, ' ').trim())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

function indexOfClosing(html: string, name: string, from: number): number {
  for (let at = html.indexOf('</', from); at >= 0; at = html.indexOf('</', at + 2))
    if (tagName(html, at + 2) === name) return Math.max(at + 2, html.indexOf('>', at) + 1);
  return -1;
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  euro: '€',
  pound: '£',
  yen: '¥',
  copy: '©',
  reg: '®',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  laquo: '«',
  raquo: '»',
  middot: '·',
  bull: '•',
};

function decodeEntities(text: string): string {
  return text.replaceAll(/&(#x[0-9a-fA-F]{1,6}|#\d{1,7}|[a-zA-Z]{2,8});/g, (whole, name: string) => {
    if (name[0] !== '#') return entities[name] ?? whole;
    const code = name[1]?.toLowerCase() === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0x1f && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : ' ';
  });
}

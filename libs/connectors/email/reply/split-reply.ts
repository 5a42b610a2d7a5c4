import { attributionEndingAt } from './attribution';
import { foldLine, isQuoteLine } from './fold-line';
import { headerBlockAt } from './header-block';
import { isRule, separatorKind } from './separators';
import { signatureStart } from './signature';

export interface ReplySplit {
  /** What the writer wrote now, without quotes and signature. The whole text where nothing else would be left. */
  readonly visible: string;
  /** Without quotes, with the signature. */
  readonly unquoted: string;
  readonly quoted: string;
  readonly signature: string;
  /** How the quote was found: `none` where there is none. */
  readonly method: 'none' | 'attribution' | 'header-block' | 'separator' | 'quote-marks';
  readonly forwarded: boolean;
  /** Own words stand below a quote: answers written into it, or under it. */
  readonly interleaved: boolean;
}

export interface ReplyOptions {
  /** The mail hands on another one: its header block is content. */
  readonly isForward?: boolean;
  readonly linesMax?: number;
}

type Kind = 'own' | 'quote';

/**
 * Tells what is new in a mail. One pass over the lines, each looked at by cheap checks; nothing here depends on the
 * length of the whole text. It only decides what is folded away: the full text is kept beside it.
 */
export function splitReply(text: string, options: ReplyOptions = {}): ReplySplit {
  const linesMax = options.linesMax ?? 5_000;
  const all = text.split('\n');
  const lines = all.slice(0, linesMax);
  const folded = lines.map(foldLine);
  const { kinds, method, forwarded, column } = classify(lines, folded, options.isForward ?? false);

  // The reply and the line above the quote may share a line.
  const own = lines.map((line, i) => (column && column.line === i ? line.slice(0, column.at) : line));
  const firstOwn = kinds.findIndex((kind, i) => kind === 'own' && own[i]?.trim());
  if (firstOwn < 0) return whole(text, method, forwarded);
  let lastOwn = lines.length - 1;
  while (kinds[lastOwn] !== 'own' || !own[lastOwn]?.trim()) lastOwn--;

  const tail = all.length > linesMax && kinds.at(-1) === 'own' ? all.slice(linesMax) : [];
  const kept = [...own.slice(firstOwn, lastOwn + 1), ...tail];
  const keptKinds = kinds.slice(firstOwn, lastOwn + 1);
  const signatureAt = forwarded ? kept.length : signatureStart(tail.length ? [] : afterLastQuote(kept, keptKinds));
  const offset = forwarded || tail.length ? 0 : lastQuoteEnd(keptKinds);
  const cut = forwarded || tail.length ? kept.length : offset + signatureAt;

  const visible = join(kept.slice(0, cut));
  const unquoted = join(kept.filter((_, i) => keptKinds[i] !== 'quote'));
  const signature = join(kept.slice(cut));
  const quoted = join(lines.filter((_, i) => kinds[i] === 'quote'));
  if (!visible) return whole(text, method, forwarded);
  const interleaved = keptKinds.includes('quote') || kinds.lastIndexOf('quote', firstOwn) >= 0;
  return { visible, unquoted: unquoted || visible, quoted, signature, method, forwarded, interleaved };
}

const join = (lines: readonly string[]): string =>
  lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .replace(/^\n+/, '')
    .trimEnd();

const whole = (text: string, method: ReplySplit['method'], forwarded: boolean): ReplySplit => {
  const all = join(text.split('\n'));
  return { visible: all, unquoted: all, quoted: '', signature: '', method, forwarded, interleaved: false };
};

const lastQuoteEnd = (kinds: readonly Kind[]): number => kinds.lastIndexOf('quote') + 1;
const afterLastQuote = (lines: readonly string[], kinds: readonly Kind[]): readonly string[] => lines.slice(lastQuoteEnd(kinds));

interface Classified {
  readonly kinds: Kind[];
  readonly method: ReplySplit['method'];
  readonly forwarded: boolean;
  readonly column: { readonly line: number; readonly at: number } | null;
}

function classify(lines: readonly string[], folded: readonly string[], isForward: boolean): Classified {
  const kinds: Kind[] = lines.map(() => 'own');
  let method: ReplySplit['method'] = 'none';
  let column: Classified['column'] = null;
  let fenced = false;
  const rest = (from: number) => kinds.fill('quote', from);
  const found = (how: ReplySplit['method']) => {
    if (method === 'none' || method === 'quote-marks') method = how;
  };

  for (let i = 0; i < lines.length; i++) {
    const line = folded[i] ?? '';
    if (line.startsWith('```')) fenced = !fenced;
    if (!line || fenced) continue;
    if (isQuoteLine(line)) {
      kinds[i] = 'quote';
      if (method === 'none') method = 'quote-marks';
      continue;
    }
    const separator = separatorKind(line);
    if (separator === 'forwarded') return { kinds, method, forwarded: true, column };
    const block = headerBlockAt(folded, i);
    if (separator === 'original' || block) {
      if (isForward) return { kinds, method, forwarded: true, column };
      found(separator ? 'separator' : 'header-block');
      rest(ruleAbove(folded, i));
      break;
    }
    const attribution = attributionEndingAt(folded, i);
    if (!attribution) continue;
    found('attribution');
    const next = nextWritten(folded, i + 1);
    if (attribution.column > 0) column = { line: attribution.from, at: attribution.column };
    const from = column?.line === attribution.from ? attribution.from + 1 : attribution.from;
    kinds.fill('quote', from, i + 1);
    if (next === null || !isQuoteLine(folded[next] ?? '')) {
      rest(i + 1);
      break;
    }
    kinds.fill('quote', i + 1, next);
  }
  if (kinds.includes('quote')) keepPastedTables(lines, folded, kinds, method);
  return { kinds, method, forwarded: false, column };
}

/** A rule of dashes or underscores above a header block belongs to it. */
function ruleAbove(folded: readonly string[], at: number): number {
  let above = at - 1;
  while (above >= 0 && !folded[above]) above--;
  return above >= 0 && isRule(folded[above] ?? '') ? above : at;
}

function nextWritten(folded: readonly string[], from: number): number | null {
  for (let i = from; i < folded.length; i++) if (folded[i]) return i;
  return null;
}

/** A single `>` in the middle of one's own words ("price > 100") with no other sign of a reply is no quote. */
function keepPastedTables(
  lines: readonly string[],
  folded: readonly string[],
  kinds: Kind[],
  method: ReplySplit['method'],
): void {
  if (method !== 'quote-marks') return;
  const marked = kinds.flatMap((kind, i) => (kind === 'quote' ? [i] : []));
  const first = marked[0] ?? 0;
  const last = marked.at(-1) ?? 0;
  const single = marked.length === 1;
  const inside = folded.slice(0, first).some(Boolean) && folded.slice(last + 1).some(Boolean);
  if (single && inside && /^>\s*\d|^>[^\s>]/.test(lines[first]?.trim() ?? '')) kinds[first] = 'own';
}

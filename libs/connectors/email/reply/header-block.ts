import { type HeaderLabel, labelOf } from './languages';

const LINES_MAX = 8;
const LABEL_LENGTH_MAX = 30;

/** The label a folded line starts with: `*from:* …`, `发件人: …`, `> sent: …`. */
function labelAt(line: string): HeaderLabel | undefined {
  const text = line.replace(/^[>*_\s|]+/, '');
  const colon = text.indexOf(':');
  if (colon < 1 || colon > LABEL_LENGTH_MAX) return undefined;
  return labelOf(text.slice(0, colon).replaceAll(/[*_]/g, '').trim());
}

/**
 * Does the header of a quoted mail start at `at` (folded lines)? A letter may list "From: … To: …" of a journey, so a
 * subject or an address is asked for as well.
 */
export function headerBlockAt(folded: readonly string[], at: number): { readonly to: number } | null {
  const first = labelAt(folded[at] ?? '');
  if (first !== 'from' && first !== 'sent' && first !== 'subject') return null;
  const kinds = new Set<HeaderLabel>([first]);
  let last = at;
  let address = /@/.test(folded[at] ?? '');
  for (let i = at + 1, gap = 0; i < folded.length && i - at < LINES_MAX && gap <= 1; i++) {
    const line = folded[i] ?? '';
    const kind = labelAt(line);
    if (kind) {
      kinds.add(kind);
      last = i;
      gap = 0;
      address ||= line.includes('@');
    } else gap++;
  }
  const enough =
    kinds.has('from') &&
    (kinds.has('sent') || kinds.has('to')) &&
    (kinds.has('subject') ? kinds.size >= 3 || address : address && kinds.size >= 3);
  const orderly = first === 'from' || (kinds.size >= 4 && kinds.has('from'));
  return enough && orderly ? { to: last } : null;
}

import { type HeaderBlock, Headers, readHeaders, readParameters } from './headers';
import { LIMITS } from './limits';
import { decodeTransfer } from './transfer-encoding';

/** One entity of a message: a multipart with children, or a leaf with bytes. */
export interface MimeNode {
  readonly headers: Headers;
  /** Lower case, e.g. `text/plain`. */
  readonly type: string;
  readonly params: Readonly<Record<string, string>>;
  readonly disposition: string;
  readonly fileName: string | null;
  readonly contentId: string | null;
  readonly encoding: string;
  readonly children: MimeNode[];
  /** The body, still encoded: where it lies in the message. */
  from: number;
  to: number;
}

export interface MimeTree {
  readonly root: MimeNode;
  readonly defects: readonly string[];
  /** The bytes of a leaf, decoded. */
  content(node: MimeNode): Buffer;
}

const LF = 0x0a;
const CR = 0x0d;
const DELIMITER = Buffer.from('\n--');
const BOUNDARY_LENGTH_MAX = 250;

/**
 * Takes a message apart in one pass over its bytes: whatever the nesting, each byte is looked at once. A multipart
 * whose boundary never shows is read as text, so that nothing is lost.
 */
export function readMimeTree(bytes: Buffer): MimeTree {
  const defects = new Set<string>();
  const open: { node: MimeNode; boundary: string }[] = [];
  /** Boundary to the levels that use it: broken mailers give two levels the same. */
  const levels = new Map<string, number[]>();
  const lengths = new Set<number>();
  let parts = 0;

  const levelOf = (line: string): { level: number; closing: boolean } | null => {
    const text = line.trimEnd();
    const exact = levels.get(text.slice(2))?.at(-1);
    if (exact !== undefined) return { level: exact, closing: false };
    const closed = text.endsWith('--') ? levels.get(text.slice(2, -2).trimEnd())?.at(-1) : undefined;
    return closed === undefined ? null : { level: closed, closing: true };
  };
  const enter = (from: number): MimeNode => {
    const block = readHeaders(bytes, from, bytes.length, (line) => line.length <= BOUNDARY_LENGTH_MAX && levelOf(line) !== null);
    if (block.truncated) defects.add('headers-truncated');
    parts++;
    return nodeOf(block, bytes.length, open.at(-1)?.node.type === 'multipart/digest');
  };
  const push = (node: MimeNode): void => {
    if (!node.type.startsWith('multipart/')) return;
    const boundary = node.params['boundary'] || firstBoundary(bytes, node.from);
    if (!boundary) return void defects.add('no-boundary');
    if (open.length >= LIMITS.mimeDepth) return void defects.add('too-deep');
    levels.set(boundary, [...(levels.get(boundary) ?? []), open.length]);
    open.push({ node, boundary });
    lengths.add(boundary.length + 2).add(boundary.length + 4);
  };
  const closeTo = (level: number): void => {
    while (open.length > level) {
      const { boundary } = open.pop() ?? { boundary: '' };
      const rest = levels.get(boundary)?.slice(0, -1) ?? [];
      if (rest.length) levels.set(boundary, rest);
      else levels.delete(boundary);
    }
  };

  const root = enter(0);
  push(root);
  let leaf: MimeNode | null = root;
  // One byte back: the delimiter begins with the line break before it, which is here the one that ended the header.
  let at = Math.max(0, root.from - 1);
  while (open.length > 0) {
    const found = bytes.indexOf(DELIMITER, at);
    if (found < 0) break;
    const lineStart = found + 1;
    const lineEnd = endOfLine(bytes, lineStart);
    const match = mayBeBoundary(bytes, lineStart, lineEnd, lengths)
      ? levelOf(bytes.toString('latin1', lineStart, lineEnd))
      : null;
    if (!match) {
      at = lineStart;
      continue;
    }
    if (leaf) leaf.to = Math.max(leaf.from, found > 0 && bytes[found - 1] === CR ? found - 1 : found);
    leaf = null;
    closeTo(match.closing ? match.level : match.level + 1);
    at = Math.min(lineEnd, bytes.length);
    if (match.closing) continue;
    const parent = open.at(-1)?.node;
    const start = Math.min(lineEnd + 1, bytes.length);
    if (!parent || start >= bytes.length) continue;
    if (parts >= LIMITS.mimeParts) {
      defects.add('too-many-parts');
      parent.children.push(opaque(start, bytes.length));
      break;
    }
    const child = enter(start);
    parent.children.push(child);
    push(child);
    leaf = child;
    at = Math.max(start, child.from) - 1;
  }
  if (open.length > 0) defects.add('unterminated');
  return { root, defects: [...defects], content: (node) => decodeTransfer(bytes.subarray(node.from, node.to), node.encoding) };
}

/** Most lines that begin with dashes are told apart by their length alone, before they are made a string. */
function mayBeBoundary(bytes: Buffer, from: number, to: number, lengths: ReadonlySet<number>): boolean {
  let end = Math.min(to, from + BOUNDARY_LENGTH_MAX + 1);
  while (end > from && (bytes[end - 1] ?? 0) <= 0x20) end--;
  return end - from <= BOUNDARY_LENGTH_MAX && lengths.has(end - from);
}

function endOfLine(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(LF, from);
  return at < 0 ? bytes.length : at;
}

function nodeOf(block: HeaderBlock, end: number, inDigest: boolean): MimeNode {
  const headers = new Headers(block.fields);
  const type = readParameters(headers.raw('content-type'));
  const disposition = readParameters(headers.raw('content-disposition'));
  const name = disposition.params['filename'] || type.params['name'] || null;
  const fallback = inDigest ? 'message/rfc822' : 'text/plain';
  return {
    headers,
    type: /^[^\s/]+\/[^\s/]+$/.test(type.value)
      ? type.value
      : type.value === 'text' || !type.value
        ? fallback
        : 'application/octet-stream',
    params: type.params,
    disposition: disposition.value,
    fileName: name,
    contentId: headers.raw('content-id')?.replaceAll(/^<|>$/g, '').trim() || null,
    encoding: (headers.raw('content-transfer-encoding') ?? '').replaceAll(/\(.*\)|["';\s]/g, '').toLowerCase(),
    children: [],
    from: block.end,
    to: end,
  };
}

const opaque = (from: number, to: number): MimeNode => ({
  headers: new Headers([]),
  type: 'application/octet-stream',
  params: {},
  disposition: 'attachment',
  fileName: 'remaining-parts.bin',
  contentId: null,
  encoding: '',
  children: [],
  from,
  to,
});

/** A multipart that does not name its boundary: its first line of two dashes and more is taken for one. */
function firstBoundary(bytes: Buffer, from: number): string | null {
  const start = bytes.subarray(from, from + 2).toString('latin1') === '--' ? from : bytes.indexOf(DELIMITER, from) + 1;
  if (start < from || start === 0) return null;
  const line = bytes.toString('latin1', start + 2, Math.min(endOfLine(bytes, start), start + BOUNDARY_LENGTH_MAX)).trim();
  return line || null;
}

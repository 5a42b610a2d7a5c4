/** Takes off the content transfer encoding. Files with no encoding come out byte for byte. */
export function decodeTransfer(bytes: Buffer, encoding: string): Buffer {
  switch (encoding) {
    case 'base64':
      return decodeBase64(bytes);
    case 'quoted-printable':
      return decodeQuotedPrintable(bytes);
    case 'x-uuencode':
    case 'uuencode':
    case 'x-uue':
      return decodeUu(bytes.toString('latin1').split(/\r?\n/));
    default:
      return bytes;
  }
}

function decodeBase64(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const pad = text.indexOf('=');
  // Some mailers encode in pieces and glue them: each piece brings its own padding.
  if (pad >= 0 && /[A-Za-z0-9+/]/.test(text.slice(pad + 1, pad + 80)))
    return Buffer.concat(text.split(/=+/, 100_000).map((piece) => Buffer.from(piece, 'base64')));
  return Buffer.from(text, 'base64');
}

const hexOf = (byte: number | undefined): number => {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
};

function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte !== 0x3d) {
      out[length++] = byte;
      continue;
    }
    const high = hexOf(bytes[i + 1]);
    const low = hexOf(bytes[i + 2]);
    if (high >= 0 && low >= 0) {
      out[length++] = high * 16 + low;
      i += 2;
      continue;
    }
    // A soft line break, perhaps with blanks before its end; anything else is a stray `=`.
    let end = i + 1;
    while (bytes[end] === 0x20 || bytes[end] === 0x09) end++;
    if (bytes[end] === 0x0d && bytes[end + 1] === 0x0a) i = end + 1;
    else if (bytes[end] === 0x0a || bytes[end] === 0x0d) i = end;
    else if (end < bytes.length) out[length++] = byte;
  }
  return out.subarray(0, length);
}

/** The lines of one uuencoded file, with or without `begin` and `end`. */
export function decodeUu(lines: readonly string[]): Buffer {
  const out: number[] = [];
  for (const line of lines) {
    if (/^(begin [0-7]{3,4} |end\s*$)/.test(line)) continue;
    const size = ((line.charCodeAt(0) || 32) - 32) & 63;
    if (!line || size === 0) continue;
    const start = out.length;
    for (let i = 1; i < line.length && out.length - start < size; i += 4) {
      const [a = 0, b = 0, c = 0, d = 0] = [0, 1, 2, 3].map((j) => ((line.charCodeAt(i + j) || 32) - 32) & 63);
      out.push((a << 2) | (b >> 4), ((b & 15) << 4) | (c >> 2), ((c & 3) << 6) | d);
    }
    out.length = Math.min(out.length, start + size);
  }
  return Buffer.from(out);
}

export interface UuFile {
  readonly name: string;
  readonly bytes: Buffer;
}

const BEGIN = /^begin [0-7]{3,4} (\S.{0,200})$/;
const UU_LINE = /^[ -`]{1,62}$/;

/** Files that stand uuencoded in a text, as mailers before MIME sent them. */
export function takeUuFiles(text: string): { text: string; files: UuFile[] } {
  if (!text.includes('begin ')) return { text, files: [] };
  const lines = text.split('\n');
  const kept: string[] = [];
  const files: UuFile[] = [];
  for (let i = 0; i < lines.length; i++) {
    const begin = BEGIN.exec((lines[i] ?? '').trimEnd());
    let end = i + 1;
    while (begin && end < lines.length && UU_LINE.test(lines[end] ?? '') && lines[end]?.trim() !== 'end') end++;
    if (begin?.[1] && lines[end]?.trim() === 'end' && end > i + 1) {
      files.push({ name: begin[1].trim(), bytes: decodeUu(lines.slice(i + 1, end)) });
      i = end;
    } else kept.push(lines[i] ?? '');
  }
  return files.length ? { text: kept.join('\n'), files } : { text, files };
}

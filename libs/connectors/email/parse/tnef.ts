import { cleanText, decodeBytes } from './charset';

/**
 * TNEF (`winmail.dat`): Outlook's own envelope around a mail ([MS-OXTNEF]). Records of level, attribute, length, data,
 * checksum; files are opened by one attribute and filled by the next. Every length is checked before it is believed.
 */
export interface Tnef {
  readonly text: string | null;
  readonly html: string | null;
  readonly files: readonly { readonly name: string | null; readonly contentId: string | null; readonly bytes: Buffer }[];
}

const SIGNATURE = 0x223e9f78;
const ATTRIBUTE = {
  attachRendData: 0x00069002,
  attachTitle: 0x00018010,
  attachData: 0x0006800f,
  attachment: 0x00069005,
  messageProps: 0x00069003,
  oemCodepage: 0x00069007,
  body: 0x0002800c,
} as const;
const PROPERTY = {
  body: 0x1000,
  html: 0x1013,
  rtf: 0x1009,
  longName: 0x3707,
  fileName: 0x3704,
  contentId: 0x3712,
  data: 0x3701,
} as const;
const RECORDS_MAX = 5_000;

/** @throws RangeError when it is no TNEF or is cut off before anything could be read. */
export function readTnef(bytes: Buffer): Tnef {
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== SIGNATURE) throw new RangeError('No TNEF signature');
  const files: { name: string | null; contentId: string | null; bytes: Buffer }[] = [];
  let codepage: string | null = null;
  let text: string | null = null;
  let html: string | null = null;
  let at = 6;
  for (let i = 0; i < RECORDS_MAX && at + 9 <= bytes.length; i++) {
    const id = bytes.readUInt32LE(at + 1);
    const length = bytes.readUInt32LE(at + 5);
    const data = bytes.subarray(at + 9, at + 9 + length);
    if (data.length < length || at + 9 + length + 2 > bytes.length) break;
    at += 9 + length + 2;
    const file = files.at(-1);
    switch (id) {
      case ATTRIBUTE.oemCodepage:
        if (data.length >= 4) codepage = `cp${data.readUInt32LE(0)}`;
        break;
      case ATTRIBUTE.attachRendData:
        files.push({ name: null, contentId: null, bytes: Buffer.alloc(0) });
        break;
      case ATTRIBUTE.attachTitle:
        if (file) file.name = stringOf(data, codepage);
        break;
      case ATTRIBUTE.attachData:
        if (file) file.bytes = Buffer.from(data);
        break;
      case ATTRIBUTE.body:
        text = stringOf(data, codepage);
        break;
      case ATTRIBUTE.attachment:
        if (file) {
          const properties = readProperties(data);
          file.name =
            propertyText(properties, PROPERTY.longName, codepage) ??
            propertyText(properties, PROPERTY.fileName, codepage) ??
            file.name;
          file.contentId = propertyText(properties, PROPERTY.contentId, codepage);
          const inner = properties.get(PROPERTY.data);
          if (file.bytes.length === 0 && inner && !inner.unicode) file.bytes = Buffer.from(inner.data);
        }
        break;
      case ATTRIBUTE.messageProps: {
        const properties = readProperties(data);
        text = propertyText(properties, PROPERTY.body, codepage) ?? text;
        html = propertyText(properties, PROPERTY.html, codepage) ?? html;
        const rtf = properties.get(PROPERTY.rtf);
        if (!text && !html && rtf) text = rtfText(rtf.data);
        break;
      }
    }
  }
  return { text, html, files: files.filter((file) => file.bytes.length > 0) };
}

function stringOf(data: Buffer, codepage: string | null): string | null {
  const end = data.indexOf(0);
  return cleanText(decodeBytes(end < 0 ? data : data.subarray(0, end), codepage).text) || null;
}

interface Property {
  readonly data: Buffer;
  readonly unicode: boolean;
}
const PROPERTIES_MAX = 2_000;
const FIXED_BYTES: Readonly<Record<number, number>> = {
  1: 0,
  2: 4,
  3: 4,
  4: 4,
  5: 8,
  6: 8,
  7: 8,
  10: 4,
  11: 4,
  20: 8,
  64: 8,
  72: 16,
};

/** A MAPI property list: type, id, (name), values; strings and blobs are counted and padded to four bytes. */
function readProperties(bytes: Buffer): Map<number, Property> {
  const found = new Map<number, Property>();
  try {
    let at = 4;
    const count = Math.min(bytes.readUInt32LE(0), PROPERTIES_MAX);
    for (let i = 0; i < count; i++) {
      const type = bytes.readUInt16LE(at);
      const id = bytes.readUInt16LE(at + 2);
      at += 4;
      if (id >= 0x8000) {
        const kind = bytes.readUInt32LE(at + 16);
        at += 20;
        at += kind === 0 ? 4 : 4 + padded(bytes.readUInt32LE(at));
      }
      const many = (type & 0x1000) !== 0;
      const base = type & 0x0fff;
      const fixed = FIXED_BYTES[base];
      const values = many || fixed === undefined ? bytes.readUInt32LE(at) : 1;
      if (many || fixed === undefined) at += 4;
      if (values > PROPERTIES_MAX) return found;
      for (let j = 0; j < values; j++) {
        if (fixed !== undefined) {
          at += fixed;
          continue;
        }
        const length = bytes.readUInt32LE(at);
        const data = bytes.subarray(at + 4, at + 4 + length);
        if (data.length < length) return found;
        // Objects begin with the id of their interface.
        if (j === 0 && !found.has(id)) found.set(id, { data: base === 0x0d ? data.subarray(16) : data, unicode: base === 0x1f });
        at += 4 + padded(length);
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return found;
}

const padded = (length: number): number => (length + 3) & ~3;

function propertyText(properties: Map<number, Property>, id: number, codepage: string | null): string | null {
  const property = properties.get(id);
  if (!property) return null;
  if (property.unicode) return cleanText(property.data.toString('utf16le').replaceAll('\0', '')) || null;
  return stringOf(property.data, codepage);
}

const RTF_PREFIX =
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx';
const RTF_BYTES_MAX = 2_000_000;

/** [MS-OXRTFCP]: a sliding window of 4096 bytes that starts with the words every RTF has. */
function decompressRtf(bytes: Buffer): Buffer {
  if (bytes.length < 16) return Buffer.alloc(0);
  const size = Math.min(bytes.readUInt32LE(4), RTF_BYTES_MAX);
  const kind = bytes.readUInt32LE(8);
  if (kind === 0x414c454d) return bytes.subarray(16, 16 + size);
  if (kind !== 0x75465a4c) return Buffer.alloc(0);
  const window = Buffer.alloc(4096);
  window.write(RTF_PREFIX, 'latin1');
  let write = RTF_PREFIX.length;
  const out: number[] = [];
  const put = (byte: number) => {
    out.push(byte);
    window[write] = byte;
    write = (write + 1) & 4095;
  };
  let at = 16;
  while (at < bytes.length && out.length < size) {
    const control = bytes[at++] ?? 0;
    for (let bit = 0; bit < 8 && at < bytes.length && out.length < size; bit++) {
      if (!(control & (1 << bit))) {
        put(bytes[at++] ?? 0);
        continue;
      }
      const token = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
      at += 2;
      let offset = token >> 4;
      if (offset === write) return Buffer.from(out);
      for (let n = (token & 15) + 2; n > 0; n--) {
        put(window[offset] ?? 0);
        offset = (offset + 1) & 4095;
      }
    }
  }
  return Buffer.from(out);
}

/** The words of an RTF: control words off, paragraphs kept. */
function rtfText(compressed: Buffer): string | null {
  const rtf = decompressRtf(compressed).toString('latin1');
  const codepage = /\\ansicpg(\d{3,5})/.exec(rtf)?.[1];
  const body = rtf
    .replaceAll(/\{\\(?:fonttbl|colortbl|stylesheet|info|\*)[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, '')
    .replaceAll(/\\(?:par|line)\b ?/g, '\n')
    .replaceAll(/\\u(-?\d{1,6}) ?\??/g, (_, code) => `\\'${'u'}${(Number(code) & 0xffff).toString(16).padStart(4, '0')}`);
  let text = '';
  let bytes: number[] = [];
  const flush = () => {
    text += decodeBytes(Buffer.from(bytes), codepage ? `cp${codepage}` : null).text;
    bytes = [];
  };
  for (const match of body.matchAll(/\\'u([0-9a-f]{4})|\\'([0-9a-f]{2})|\\[a-z]+-?\d* ?|\\([\\{}])|[{}]|([^\\{}]+)|\\/gi)) {
    if (match[1]) {
      flush();
      text += String.fromCharCode(Number.parseInt(match[1], 16));
    } else if (match[2]) bytes.push(Number.parseInt(match[2], 16));
    else if (match[3] || match[4]) bytes.push(...Buffer.from((match[3] ?? match[4] ?? '').replaceAll('\r\n', ''), 'latin1'));
  }
  flush();
  return cleanText(text).trim() || null;
}

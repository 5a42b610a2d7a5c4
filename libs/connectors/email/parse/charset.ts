import Encoding from 'encoding-japanese';
import iconv from 'iconv-lite';
import jschardet from 'jschardet';

/**
 * Bytes to text, whatever the label says. Labels lie: mail marked `gb2312` is usually GBK, mail marked `iso-8859-1` is
 * often UTF-8, and old mailers send KOI8-R without any label. Strict UTF-8 is never hit by accident in longer text, so
 * it is tried first wherever the label may be wrong.
 */
const aliases: Readonly<Record<string, string>> = {
  ...named('gb18030', 'gb2312 gb_2312-80 gbk x-gbk cp936 ms936 windows-936 chinese csgb2312 euc-cn gb18030 iso-ir-58'),
  ...named('cp949', 'ks_c_5601-1987 ks_c_5601 ksc5601 euc-kr cp949 ms949 windows-949 uhc korean'),
  ...named('shiftjis', 'shift_jis shift-jis sjis ms_kanji windows-31j cp932 x-sjis csshiftjis'),
  ...named('eucjp', 'euc-jp x-euc-jp eucjp cseucpkdfmtjapanese'),
  ...named('iso-2022-jp', 'iso-2022-jp iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 iso-2022-jp-ms csiso2022jp cp50220 cp50221'),
  ...named('iso-2022-kr', 'iso-2022-kr csiso2022kr'),
  ...named('hz', 'hz-gb-2312 hz'),
  ...named('big5hkscs', 'big5 cp950 windows-950 big5-hkscs big5hkscs csbig5 x-x-big5 cn-big5'),
  ...named('windows-1252', 'iso-8859-1 iso8859-1 iso_8859-1 latin1 l1 ansi cp1252 windows-1252 ibm819 cp819'),
  ...named('iso-8859-8', 'iso-8859-8 iso-8859-8-i iso-8859-8-e logical visual'),
  ...named('windows-874', 'tis-620 iso-8859-11 windows-874 cp874 x-windows-874'),
  ...named('windows-1254', 'iso-8859-9 latin5 windows-1254 cp1254'),
  ...named('utf-8', 'utf8 utf-8 unicode-1-1-utf-8 utf8mb4 cp65001'),
  ...named('utf-7', 'utf-7 unicode-1-1-utf-7 csunicode11utf7'),
  ...named('koi8-r', 'koi8-r koi8r koi koi8 cskoi8r'),
  ...named('x-mac-cyrillic', 'x-mac-cyrillic mac-cyrillic maccyrillic x-mac-ukrainian'),
  ...named('macintosh', 'x-mac-roman macintosh mac macroman'),
};

function named(name: string, labels: string): Record<string, string> {
  return Object.fromEntries(labels.split(' ').map((label) => [label, name]));
}

/** A charset in which one byte is one character: nearly every byte string is valid in it, so the label proves little. */
const isSingleByte = (charset: string): boolean =>
  /^(windows-125|iso-8859|koi8|x-mac|macintosh|windows-874|cp\d{3}$|ibm)/.test(charset);

/** The name to decode by; null for labels that say nothing (`us-ascii` included: ASCII is UTF-8 already). */
export function charsetOf(label: string | null | undefined): string | null {
  const key = (label ?? '')
    .trim()
    .toLowerCase()
    .replaceAll(/^["']|["']$/g, '');
  const known = aliases[key];
  if (known) return known;
  if (!key || /^(us-ascii|ascii|ansi_x3|unknown|x-unknown|default|x-user-defined|binary|8bit|7bit|none)/.test(key)) return null;
  return iconv.encodingExists(key) ? key : null;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
const macCyrillic = new TextDecoder('x-mac-cyrillic');

export function tryUtf8(bytes: Uint8Array): string | null {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return null;
  }
}

const isAscii = (bytes: Uint8Array): boolean => {
  for (const byte of bytes) if (byte >= 0x80 || byte === 0x1b || byte === 0x0e) return false;
  return true;
};

export interface Decoded {
  readonly text: string;
  readonly charset: string;
  /** The label was missing or wrong. */
  readonly guessed: boolean;
}

/** `hint`: the charset that was found for another part of the same message. */
export function decodeBytes(bytes: Uint8Array, label?: string | null, hint?: string | null): Decoded {
  const charset = charsetOf(label);
  if (charset?.startsWith('utf-16') || charset?.startsWith('utf-32') || charset === 'utf-7' || charset === 'hz')
    return { text: decodeAs(bytes, charset), charset, guessed: false };
  if (isAscii(bytes))
    return {
      text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'),
      charset: 'utf-8',
      guessed: false,
    };

  const bom = bomOf(bytes);
  if (bom) return { text: decodeAs(bytes, bom), charset: bom, guessed: false };
  if (charset && charset !== 'utf-8') {
    const utf8 = isSingleByte(charset) ? tryUtf8(bytes) : null;
    if (utf8 !== null) return { text: utf8, charset: 'utf-8', guessed: true };
    const text = decodeAs(bytes, charset);
    if (!text.includes('\ufffd')) return { text, charset, guessed: false };
    const other = guess(bytes, hint);
    // A few broken characters are better in the declared charset than a fluent guess in a wrong one.
    return holes(other.text) < holes(text) ? other : { text, charset, guessed: false };
  }
  return guess(bytes, hint);
}

const holes = (text: string): number => text.split('\ufffd').length - 1;

function bomOf(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return null;
}

const SAMPLE_BYTES = 8_192;

function guess(bytes: Uint8Array, hint?: string | null): Decoded {
  const utf8 = tryUtf8(bytes);
  if (utf8 !== null && !hasEscapes(bytes)) return { text: utf8, charset: 'utf-8', guessed: false };
  if (hasEscapes(bytes)) {
    const text = decodeAs(bytes, 'iso-2022-jp');
    return { text, charset: 'iso-2022-jp', guessed: true };
  }
  // The detector is asked last: it is slow, and what was found for the rest of the mail is the better guess.
  for (const suggest of [() => hint, () => detected(bytes), () => 'windows-1252']) {
    const charset = suggest();
    if (!charset || charset === 'utf-8') continue;
    const text = decodeAs(bytes, charset);
    if (!text.includes('\ufffd')) return { text, charset, guessed: true };
  }
  return mostlyUtf8(bytes) ?? { text: decodeAs(bytes, 'windows-1252'), charset: 'windows-1252', guessed: true };
}

/** UTF-8 with a bad byte here and there, such as a character cut in two. */
function mostlyUtf8(bytes: Uint8Array): Decoded | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  return holes(text) * 20 < text.length ? { text, charset: 'utf-8', guessed: true } : null;
}

/** ESC `$` or ESC `(`: the shift sequences of ISO-2022-JP. */
function hasEscapes(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(0x1b); at >= 0 && at < bytes.length - 2; at = bytes.indexOf(0x1b, at + 1))
    if (bytes[at + 1] === 0x24 && (bytes[at + 2] === 0x42 || bytes[at + 2] === 0x40)) return true;
  return false;
}

function detected(bytes: Uint8Array): string | null {
  const first = bytes.findIndex((byte) => byte >= 0x80);
  const from = Math.max(0, first - 64);
  const sample = Buffer.from(bytes.subarray(from, from + SAMPLE_BYTES));
  try {
    const { encoding, confidence } = jschardet.detect(sample, { minimumThreshold: 0.2 });
    if (!encoding || confidence < 0.2) return mostlyUtf8(bytes)?.charset ?? null;
    return charsetOf(encoding) ?? encoding.toLowerCase();
  } catch {
    return null;
  }
}

function decodeAs(bytes: Uint8Array, charset: string): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (charset) {
    case 'iso-2022-jp':
      return Encoding.convert(buffer, { to: 'UNICODE', from: 'JIS', type: 'string' });
    case 'iso-2022-kr':
      return iconv.decode(fromShiftedKorean(buffer), 'cp949');
    case 'hz':
      return iconv.decode(fromHz(buffer), 'gb18030');
    case 'x-mac-cyrillic':
      return macCyrillic.decode(buffer);
    case 'utf-8':
      return buffer.toString('utf8');
    default:
      return iconv.encodingExists(charset) ? iconv.decode(buffer, charset) : buffer.toString('latin1');
  }
}

/** HZ: `~{` starts and `~}` ends a run of GB characters with their high bits taken off. */
function fromHz(bytes: Buffer): Buffer {
  const out: number[] = [];
  let chinese = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    const next = bytes[i + 1];
    if (byte === 0x7e && (next === 0x7b || next === 0x7d || next === 0x7e || next === 0x0a)) {
      if (next === 0x7e) out.push(0x7e);
      else chinese = next === 0x7b;
      i++;
    } else {
      if (byte === 0x0a) chinese = false;
      out.push(chinese ? byte | 0x80 : byte);
    }
  }
  return Buffer.from(out);
}

/** ISO-2022-KR: SO and SI switch, and an announcement `ESC $ ) C` stands at the start. */
function fromShiftedKorean(bytes: Buffer): Buffer {
  const out: number[] = [];
  let korean = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0x1b && bytes[i + 1] === 0x24) i += 3;
    else if (byte === 0x0e) korean = true;
    else if (byte === 0x0f) korean = false;
    else {
      if (byte === 0x0a) korean = false;
      out.push(korean && byte > 0x20 ? byte | 0x80 : byte);
    }
  }
  return Buffer.from(out);
}

/** Text fit to be stored: LF line ends, NFC, no control characters but tab, no halves of characters. */
export function cleanText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n')
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]/g, '')
    .toWellFormed()
    .normalize('NFC');
}

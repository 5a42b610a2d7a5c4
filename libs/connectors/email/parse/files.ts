import { LIMITS } from './limits';

const byExtension: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  heic: 'image/heic',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  ogg: 'audio/ogg',
  txt: 'text/plain',
  csv: 'text/csv',
  html: 'text/html',
  zip: 'application/zip',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  eml: 'message/rfc822',
  ics: 'text/calendar',
  vcf: 'text/vcard',
};
const extensionOf = new Map(
  Object.entries(byExtension)
    .map(([extension, mime]) => [mime, extension] as const)
    .reverse(),
);

const magic: readonly (readonly [string, string])[] = [
  ['%PDF-', 'application/pdf'],
  ['\x89PNG\r\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['GIF8', 'image/gif'],
  ['PK\x03\x04', 'application/zip'],
  ['RIFF', 'image/webp'],
];

/** The declared type is a claim; it is made better only where it says nothing. */
export function mimeOf(declared: string, name: string | null, bytes: Uint8Array): string {
  if (declared !== 'application/octet-stream' && declared !== 'application/x-download' && /^[\w.+-]+\/[\w.+-]+$/.test(declared))
    return declared;
  const extension = /\.([a-z0-9]{1,5})$/i.exec(name ?? '')?.[1]?.toLowerCase();
  const byName = extension ? byExtension[extension] : undefined;
  if (byName) return byName;
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  const known = magic.find(([head]) => start.startsWith(head) && (head !== 'RIFF' || start.slice(8) === 'WEBP'));
  return known?.[1] ?? 'application/octet-stream';
}

/** A name safe to show and to save: last path segment, no controls, no direction marks that hide an ending. */
export function fileName(name: string | null, mime: string, taken: ReadonlySet<string>): string {
  const last = (name ?? '').split(/[/\\]/).at(-1) ?? '';
  const clean = last
    .replaceAll(/[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .trim()
    .replace(/^\.+$/, '');
  const base = clean || `attachment.${extensionOf.get(mime) ?? 'bin'}`;
  const short = shorten(base);
  if (!taken.has(short)) return short;
  const dot = short.lastIndexOf('.') > 0 ? short.lastIndexOf('.') : short.length;
  for (let i = 2; ; i++) {
    const numbered = `${short.slice(0, dot)} (${i})${short.slice(dot)}`;
    if (!taken.has(numbered)) return numbered;
  }
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= LIMITS.fileNameBytes) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 12 ? name.slice(dot) : '';
  let stem = extension ? name.slice(0, dot) : name;
  stem = stem.slice(0, LIMITS.fileNameBytes);
  while (Buffer.byteLength(stem + extension) > LIMITS.fileNameBytes) stem = stem.slice(0, -1);
  return (stem + extension).toWellFormed();
}

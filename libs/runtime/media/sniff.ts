/** What these are found to be says less than what they were declared as. */
const CONTAINERS = new Set(['application/zip', 'application/x-cfb', 'application/xml', 'application/gzip', 'text/xml']);
const UNKNOWN = 'application/octet-stream';

/** The type as the bytes tell it, else as declared. A picture that is none is still what it was called: serve it `nosniff`. */
export async function mimeOf(bytes: Uint8Array, declared: string): Promise<string> {
  const { fileTypeFromBuffer } = await import('file-type');
  const given = declared.trim().toLowerCase() || UNKNOWN;
  const found = (await fileTypeFromBuffer(bytes))?.mime;
  if (!found || (CONTAINERS.has(found) && given !== UNKNOWN)) return given;
  return baseOf(found) === baseOf(given) ? given : found;
}

/** `audio/ogg; codecs=opus` → `audio/ogg` */
const baseOf = (mime: string): string => mime.split(';', 1)[0]?.trim() ?? mime;

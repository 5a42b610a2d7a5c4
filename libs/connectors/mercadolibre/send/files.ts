import { bareMime, type Capabilities, ChannelError, mediaRule, type SendContext } from '@parley/connector';
import type { MediaPart } from '@parley/model';
import type { Base } from '../address';
import { call } from '../api';
import type { Settings } from '../settings';
import type { FileToSend } from './request';
import { MESSAGE_LENGTH_MAX } from './text';

export const FILES_MAX = 25;
const MB = 1_000_000;
const FILE_BYTES_MAX = 25 * MB;
const NAME_LENGTH_MAX = 200;

/** A caption is the text of the message, or a part of it. */
export const mediaRules = ['image/jpeg', 'image/png', 'application/pdf', 'text/plain'].map((mime) => ({
  mime,
  maxBytes: FILE_BYTES_MAX,
  captionMaxLength: MESSAGE_LENGTH_MAX,
})) satisfies Capabilities['media'];

/** @throws ChannelError `rejected` for what the channel does not take. */
export function fileOf(part: MediaPart): FileToSend {
  const mime = bareMime(part.mime);
  assertTaken(mime, part.sizeBytes ?? 0);
  return { url: part.url, mime, name: part.name };
}

function assertTaken(mime: string, sizeBytes: number): void {
  const rule = mediaRule(mediaRules, mime);
  if (!rule)
    throw new ChannelError('rejected', `Mercado Libre takes JPG, PNG, PDF and TXT, but no files of the type ${mime}.`, {
      code: 'media-unsupported',
    });
  if (sizeBytes > rule.maxBytes)
    throw new ChannelError('rejected', `Mercado Libre takes files up to ${rule.maxBytes / MB} MB.`, { code: 'media-too-large' });
}

/** The channel's name for the file. An upload reaches nobody: whatever happened to it, it can be done again. */
export async function upload(
  file: FileToSend,
  { siteId, base }: { readonly siteId: string; readonly base: Base },
  context: SendContext<Settings>,
): Promise<string> {
  const { bytes, name } = await context.openMedia(file.url);
  assertTaken(file.mime, bytes.byteLength);
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)], { type: file.mime }), fileName(file.name ?? name));
  const { data } = await call(context, `${base}/messages/attachments`, {
    method: 'POST',
    query: { tag: 'post_sale', site_id: siteId },
    body: form,
  });
  if (data.id) return String(data.id);
  throw new ChannelError('unavailable', 'Mercado Libre took a file without naming it.', { code: 'no-id' });
}

/** Its end is kept: there the type stands. */
const fileName = (name: string | null): string =>
  (name ?? '')
    .split(/[/\\]/)
    .at(-1)
    ?.replace(/[\p{Cc}"]/gu, '')
    .slice(-NAME_LENGTH_MAX) || 'file';

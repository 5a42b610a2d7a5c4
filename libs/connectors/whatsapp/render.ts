import {
  type AccountFacts,
  bareMime,
  type Capabilities,
  ChannelError,
  mediaRule,
  numberedChoice,
  type OutboundDraft,
  type Rendering,
  splitText,
} from '@parley/connector';
import type { MediaPart, Part, ReplyAddress } from '@parley/model';
import { chooseLabel } from './choose-label';
import type { WhatsAppSettings } from './settings';
import { templateOf } from './template';

/** One call of `/messages`. A file is uploaded just before, and its id put into `body[body.type].id`. */
export interface WhatsAppRequest {
  readonly body: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly upload?: { readonly url: string; readonly mime: string; readonly name: string | null };
}

export const TEXT_LENGTH_MAX = 4_096;
const CAPTION_LENGTH_MAX = 1_024;
const CHOICE_TEXT_LENGTH_MAX = 1_024;
const BUTTONS = { optionsMax: 3, titleLengthMax: 20, idLengthMax: 256 };
const LIST = { optionsMax: 10, titleLengthMax: 24, idLengthMax: 200 };
const MB = 1_000_000;

const files = (mimes: readonly string[], maxBytes: number, captionMaxLength: number) =>
  mimes.map((mime) => ({ mime, maxBytes, captionMaxLength }));
export const mediaRules = [
  ...files(['image/jpeg', 'image/png'], 5 * MB, CAPTION_LENGTH_MAX),
  ...files(['image/webp'], 500_000, 0),
  ...files(['video/mp4', 'video/3gpp'], 16 * MB, CAPTION_LENGTH_MAX),
  ...files(['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'], 16 * MB, 0),
  ...files(
    [
      'text/plain',
      'application/pdf',
      'application/msword',
      'application/vnd.ms-excel',
      'application/vnd.ms-powerpoint',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    ],
    100 * MB,
    CAPTION_LENGTH_MAX,
  ),
] satisfies Capabilities['media'];

/** What goes into a request beside the envelope. */
interface Piece {
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly upload?: WhatsAppRequest['upload'];
}

export function renderWhatsApp(draft: OutboundDraft, _account: AccountFacts<WhatsAppSettings>): Rendering<WhatsAppRequest> {
  const envelope = envelopeOf(draft);
  const isGroup = envelope.recipient_type === 'group';
  const losses: string[] = [];
  const pieces = draft.parts.flatMap((part) => piecesOf(part, { language: draft.language, isGroup, losses }));
  if (pieces.length === 0) throw rejected('nothing-to-send', 'Nothing of this message can be sent over WhatsApp.');
  const quoted = draft.replyTo?.externalId;
  const requests = pieces.map(({ type, content, upload }, index): WhatsAppRequest => {
    const context = index === 0 && quoted && type !== 'template' ? { context: { message_id: quoted } } : {};
    return { body: { ...envelope, ...context, type, [type]: content }, ...(upload ? { upload } : {}) };
  });
  return { requests, losses };
}

const envelopeOf = ({ address, messageId }: OutboundDraft) => ({
  messaging_product: 'whatsapp',
  ...recipientOf(address),
  // Comes back in every receipt, also in those that arrive before the answer to this call.
  biz_opaque_callback_data: messageId,
});

/** Whom to send to. @throws ChannelError `rejected` when the address names nobody. */
export function recipientOf({ to, recipient, group }: ReplyAddress) {
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
  if (isText(group)) return { recipient_type: 'group', to: group };
  if (!isText(to) && !isText(recipient)) throw rejected('no-address', 'This conversation has no WhatsApp address.');
  return {
    recipient_type: 'individual',
    // The digits exactly as received; the plus keeps them from being read as a number of the shop's own country.
    ...(isText(to) ? { to: /^\d+$/.test(to) ? `+${to}` : to } : {}),
    ...(isText(recipient) ? { recipient } : {}),
  };
}

interface Surroundings {
  readonly language: string;
  /** Groups take text, files and templates only. */
  readonly isGroup: boolean;
  readonly losses: string[];
}

function piecesOf(part: Part, around: Surroundings): Piece[] {
  switch (part.kind) {
    case 'text':
      return texts(part.text);
    case 'media':
      return media(part, around);
    case 'location': {
      const { kind: _kind, ...location } = part;
      if (!around.isGroup) return [{ type: 'location', content: location }];
      return texts([part.name, part.address, `${part.latitude}, ${part.longitude}`].filter(Boolean).join('\n'));
    }
    case 'contact': {
      if (around.isGroup) return texts([part.name, ...part.phones, ...part.emails].join('\n'));
      const phones = part.phones.map((phone) => ({ phone }));
      const emails = part.emails.map((email) => ({ email }));
      const name = { formatted_name: part.name, first_name: part.name };
      return [{ type: 'contacts', content: [{ name, phones, emails }] as unknown as Piece['content'] }];
    }
    case 'choice':
      return choice(part, around);
    case 'chosen':
      return texts(part.title);
    case 'card':
      if (part.image) around.losses.push('The picture of the card is not sent.');
      return texts([part.title, part.text, part.url].filter(Boolean).join('\n'));
    case 'template':
      return [{ type: 'template', content: templateOf(part) }];
    case 'unsupported':
      around.losses.push(`Not sent: ${part.summary}`);
      return [];
  }
}

const texts = (text: string): Piece[] =>
  splitText(text, TEXT_LENGTH_MAX, 'utf16').map((body) => ({
    type: 'text',
    content: { body, preview_url: /https?:\/\//i.test(body) },
  }));

function media(part: MediaPart, { losses }: Surroundings): Piece[] {
  const mime = bareMime(part.mime);
  const rule = mediaRule(mediaRules, mime);
  if (!rule) throw rejected('media-unsupported', `WhatsApp takes no files of the type ${mime}.`);
  if ((part.sizeBytes ?? 0) > rule.maxBytes)
    throw rejected('media-too-large', `WhatsApp takes files of the type ${mime} up to ${rule.maxBytes / MB} MB.`);
  const type = mediaType(mime);
  if (type === 'sticker') losses.push('The picture is sent as a sticker.');
  const caption = part.caption?.trim() ? part.caption : null;
  const fits = caption !== null && caption.length <= rule.captionMaxLength;
  const content = {
    ...(fits ? { caption } : {}),
    ...(type === 'document' && part.name ? { filename: part.name } : {}),
  };
  const piece: Piece = { type, content, upload: { url: part.url, mime, name: part.name } };
  return caption !== null && !fits ? [piece, ...texts(caption)] : [piece];
}

function mediaType(mime: string): 'image' | 'sticker' | 'video' | 'audio' | 'document' {
  if (mime === 'image/webp') return 'sticker';
  const family = mime.split('/')[0];
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document';
}

/** Buttons for a few short options, a list for up to ten, numbered text for the rest. */
function choice(part: Extract<Part, { kind: 'choice' }>, { language, isGroup, losses }: Surroundings): Piece[] {
  const { text, options } = part;
  const fits = ({ optionsMax, titleLengthMax, idLengthMax }: typeof LIST) =>
    options.length <= optionsMax &&
    options.every(({ id, title }) => title.trim() && title.length <= titleLengthMax && id && id.length <= idLengthMax) &&
    new Set(options.map((option) => option.id)).size === options.length &&
    new Set(options.map((option) => option.title)).size === options.length;
  if (isGroup || !text.trim() || (!fits(BUTTONS) && !fits(LIST))) {
    losses.push('The options are sent as numbered text.');
    return texts(numberedChoice(text, options));
  }
  // A long text goes ahead; its last piece stands above the options.
  const pieces = splitText(text, CHOICE_TEXT_LENGTH_MAX, 'utf16');
  const body = { text: pieces.pop() ?? text };
  const label = chooseLabel(language);
  const interactive = fits(BUTTONS)
    ? { type: 'button', body, action: { buttons: options.map(({ id, title }) => ({ type: 'reply', reply: { id, title } })) } }
    : {
        type: 'list',
        body,
        action: { button: label, sections: [{ title: label, rows: options.map(({ id, title }) => ({ id, title })) }] },
      };
  return [...pieces.flatMap(texts), { type: 'interactive', content: interactive }];
}

const rejected = (code: string, message: string): ChannelError => new ChannelError('rejected', message, { code });

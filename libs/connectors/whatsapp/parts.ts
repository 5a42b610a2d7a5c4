import { bareMime, type DraftPart } from '@parley/connector';
import { locationPart } from '@parley/model';
import { type Json, listIn, numberIn, objectIn, textIn } from './wire';

/** What a message says, and what of it fits into no part. */
export interface Content {
  readonly parts: readonly DraftPart[];
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Reads the content of one message of any type. What is not understood, or is incomplete, becomes `unsupported`. */
export function contentOf(message: Json): Content {
  const type = textIn(message, 'type') ?? 'unknown';
  const body = objectIn(message[type]);
  switch (type) {
    case 'text':
      return only(textPart(textIn(body, 'body')) ?? unsupported(type, message));
    case 'image':
    case 'audio':
    case 'video':
    case 'document':
    case 'sticker':
      return media(type, body, message);
    case 'location':
      return only(location(body) ?? unsupported(type, message));
    case 'contacts':
      return contacts(message);
    case 'interactive':
      return interactive(body, message);
    case 'button':
      return only(chosen(textIn(body, 'payload'), textIn(body, 'text')) ?? unsupported(type, message));
    case 'order':
      return order(body, message);
    default:
      return only(unsupported(type, message));
  }
}

const only = (part: DraftPart, attributes?: Record<string, unknown>): Content => ({
  parts: [part],
  ...(attributes ? { attributes } : {}),
});
const textPart = (text: string | undefined): DraftPart | undefined => (text === undefined ? undefined : { kind: 'text', text });
const chosen = (id: string | undefined, title: string | undefined): DraftPart | undefined => {
  const shown = title ?? id;
  return shown === undefined ? undefined : { kind: 'chosen', id: id ?? shown, title: shown };
};

const defaultMimes: Record<string, string> = {
  image: 'image/jpeg',
  audio: 'audio/ogg',
  video: 'video/mp4',
  document: 'application/octet-stream',
  sticker: 'image/webp',
};

function media(type: string, body: Json | undefined, message: Json): Content {
  const mediaId = textIn(body, 'id');
  if (!mediaId) return only(unsupported(type, message));
  const part: DraftPart = {
    kind: 'media',
    mime: bareMime(textIn(body, 'mime_type') ?? defaultMimes[type] ?? ''),
    name: fileName(textIn(body, 'filename')),
    caption: textIn(body, 'caption') ?? null,
    // The media id names the file for as long as WhatsApp keeps it; the address that may come along lives for minutes.
    content: { key: `whatsapp:${mediaId}`, ref: { mediaId } },
  };
  if (type === 'sticker') return only(part, { sticker: true, animated: body?.['animated'] === true });
  return body?.['voice'] === true ? only(part, { voice: true }) : only(part);
}

/** A buyer chose the name: no path, no control characters, no end in sight. */
function fileName(given: string | undefined): string | null {
  const base =
    given
      ?.replaceAll('\\', '/')
      .split('/')
      .at(-1)
      ?.replace(/[\u0000-\u001f\u007f]/g, '')
      .trim() ?? '';
  return base && base !== '.' && base !== '..' ? base.slice(0, 200) : null;
}

function location(body: Json | undefined): DraftPart | undefined {
  const parsed = locationPart.safeParse({
    kind: 'location',
    latitude: numberIn(body, 'latitude'),
    longitude: numberIn(body, 'longitude'),
    name: textIn(body, 'name'),
    address: textIn(body, 'address'),
  });
  return parsed.success ? parsed.data : undefined;
}

function contacts(message: Json): Content {
  const cards = listIn(message, 'contacts');
  const parts = cards.map((card): DraftPart => {
    const name = objectIn(card['name']);
    const phones = listIn(card, 'phones').flatMap((phone) => textIn(phone, 'phone') ?? textIn(phone, 'wa_id') ?? []);
    const emails = listIn(card, 'emails').flatMap((email) => textIn(email, 'email') ?? []);
    const parts = [textIn(name, 'first_name'), textIn(name, 'last_name')].filter(Boolean).join(' ');
    return { kind: 'contact', name: textIn(name, 'formatted_name') ?? (parts || phones[0] || emails[0] || '?'), phones, emails };
  });
  if (parts.length === 0) return only(unsupported('contacts', message));
  const origin = cards.map((card) => textIn(card, 'origin')).find(Boolean);
  return origin ? { parts, attributes: { contactOrigin: origin } } : { parts };
}

function interactive(body: Json | undefined, message: Json): Content {
  const type = textIn(body, 'type') ?? 'unknown';
  const reply = objectIn(body?.[type]);
  if (type === 'button_reply' || type === 'list_reply')
    return only(chosen(textIn(reply, 'id'), textIn(reply, 'title')) ?? unsupported(`interactive.${type}`, message));
  if (type === 'nfm_reply') return form(reply, message);
  return only(unsupported(`interactive.${type}`, message));
}

/** A form the buyer filled in: what was entered, a line each, for people; the whole answer for programs. */
function form(reply: Json | undefined, message: Json): Content {
  const answer = parsedObject(textIn(reply, 'response_json'));
  const title = textIn(reply, 'body') ?? textIn(reply, 'name');
  if (!answer) return only(title ? { kind: 'text', text: title } : unsupported('interactive.nfm_reply', message));
  const lines = Object.entries(answer)
    .filter(([name]) => name !== 'flow_token')
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const text = [title, ...lines].filter(Boolean).join('\n');
  const part: DraftPart = text ? { kind: 'text', text } : unsupported('interactive.nfm_reply', message);
  return only(part, { form: { name: textIn(reply, 'name') ?? null, answer } });
}

function parsedObject(json: string | undefined): Json | undefined {
  try {
    return json === undefined ? undefined : objectIn(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** A cart. Its prices are what the buyer's phone showed: they bind nobody, so they are told as text. */
function order(body: Json | undefined, message: Json): Content {
  const items = listIn(body, 'product_items');
  const note = textPart(textIn(body, 'text'));
  const cards = items.map((item): DraftPart => {
    const product = textIn(item, 'product_retailer_id') ?? '?';
    const price = [textIn(item, 'item_price'), textIn(item, 'currency')].filter(Boolean).join(' ');
    const quantity = textIn(item, 'quantity') ?? '1';
    return {
      kind: 'card',
      title: product,
      text: price ? `${quantity} × ${price}` : `${quantity} ×`,
      url: null,
      image: null,
      product,
    };
  });
  const parts = note ? [note, ...cards] : cards;
  if (parts.length === 0) return only(unsupported('order', message));
  return { parts, attributes: { cart: { catalogId: textIn(body, 'catalog_id') ?? null, items } } };
}

/** Says in words what cannot be shown, so that the agent knows to look at the phone. */
export function unsupported(type: string, message: Json): DraftPart {
  const error = listIn(message, 'errors')[0];
  const code = numberIn(error, 'code');
  const inner = textIn(objectIn(message['unsupported']), 'type');
  const rawType = inner ? `unsupported.${inner}` : type;
  const looked = 'Look at the phone to see it.';
  if (code === 131052) return { kind: 'unsupported', rawType, summary: `A file that WhatsApp could not hand over. ${looked}` };
  const what = inner ?? (type === 'unsupported' || type === 'unknown' ? null : type);
  const summary = what
    ? `A message of the kind "${what}" that WhatsApp or Parley cannot show. ${looked}`
    : `A message WhatsApp does not hand over (${textIn(error, 'title') ?? 'no reason given'}). ${looked}`;
  return { kind: 'unsupported', rawType, summary };
}

/** The ad or post a chat began from. */
export function referralOf(message: Json): Content | undefined {
  const referral = objectIn(message['referral']);
  if (!referral) return undefined;
  const card: DraftPart = {
    kind: 'card',
    title: textIn(referral, 'headline') ?? textIn(referral, 'source_url') ?? 'Ad',
    text: textIn(referral, 'body') ?? null,
    url: textIn(referral, 'source_url') ?? null,
    image: textIn(referral, 'image_url') ?? textIn(referral, 'thumbnail_url') ?? null,
  };
  const { welcome_message: welcome, ...rest } = referral;
  return {
    parts: [card],
    attributes: { referral: welcome === undefined ? rest : { ...rest, welcome: textIn(welcome, 'text') ?? null } },
  };
}

/** The product whose page the question was asked from. */
export function referredProductOf(context: Json | undefined): Content | undefined {
  const referred = objectIn(context?.['referred_product']);
  const product = textIn(referred, 'product_retailer_id');
  if (!product) return undefined;
  return {
    parts: [{ kind: 'card', title: product, text: null, url: null, image: null, product }],
    attributes: { product: { id: product, catalogId: textIn(referred, 'catalog_id') ?? null } },
  };
}

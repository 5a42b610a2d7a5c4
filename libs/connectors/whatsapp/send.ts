import { createHash } from 'node:crypto';
import {
  type AccountCheck,
  type ChannelContext,
  ChannelError,
  type DownloadedMedia,
  mediaRule,
  type SendContext,
  type SendResult,
} from '@parley/connector';
import type { ReplyAddress } from '@parley/model';
import { isAxiosError } from 'axios';
import { graphFault } from './errors';
import { mediaRules, recipientOf, type WhatsAppRequest } from './render';
import { graphUrl, type WhatsAppSettings } from './settings';
import { listIn, numberIn, textIn } from './wire';

/** The largest file WhatsApp takes, and what surrounds it. */
const UPLOAD_BYTES_MAX = 101_000_000;

type Context = ChannelContext<WhatsAppSettings>;

export async function sendWhatsApp(request: WhatsAppRequest, context: SendContext<WhatsAppSettings>): Promise<SendResult> {
  const { upload, body } = request;
  if (!upload) return post(body, context);
  const id = await uploadMedia(upload, context);
  return post({ ...body, [body.type]: { id, ...(body[body.type] as object) } }, context);
}

/** No call of WhatsApp is idempotent: one that got no answer is `uncertain`, and its receipt will tell. */
async function post(body: Readonly<Record<string, unknown>>, context: Context): Promise<SendResult> {
  const { settings } = context.account;
  const answer = await call(context, true, () =>
    context.http.post<unknown>(graphUrl(settings, settings.phoneNumberId, 'messages'), body, options(context)),
  );
  const externalId = textIn(listIn(answer, 'messages')[0], 'id');
  if (!externalId)
    throw new ChannelError('uncertain', 'WhatsApp answered without the id of the message.', { code: 'answer-without-id' });
  return { externalId };
}

/** A second upload after a failed send does no harm: unused files fade after 30 days. */
async function uploadMedia(
  upload: NonNullable<WhatsAppRequest['upload']>,
  context: SendContext<WhatsAppSettings>,
): Promise<string> {
  const { settings } = context.account;
  const file = await context.openMedia(upload.url);
  const rule = mediaRule(mediaRules, upload.mime);
  if (rule && file.bytes.length > rule.maxBytes)
    throw new ChannelError('rejected', `The file is larger than WhatsApp takes (${rule.maxBytes} bytes).`, {
      code: 'media-too-large',
    });
  const form = new FormData();
  form.set('messaging_product', 'whatsapp');
  form.set('type', upload.mime);
  form.set('file', new Blob([Buffer.from(file.bytes)], { type: upload.mime }), upload.name ?? file.name ?? 'file');
  const answer = await call(context, false, () =>
    context.http.post<unknown>(graphUrl(settings, settings.phoneNumberId, 'media'), form, {
      ...options(context),
      maxBodyLength: UPLOAD_BYTES_MAX,
    }),
  );
  const id = textIn(answer, 'id');
  if (!id) throw new ChannelError('unavailable', 'WhatsApp took the file but gave no id for it.', { code: 'answer-without-id' });
  return id;
}

export async function markWhatsAppRead(externalId: string, _address: ReplyAddress, context: Context): Promise<void> {
  const { settings } = context.account;
  const body = { messaging_product: 'whatsapp', status: 'read', message_id: externalId };
  await call(context, true, () =>
    context.http.post(graphUrl(settings, settings.phoneNumberId, 'messages'), body, options(context)),
  );
}

export async function reactOnWhatsApp(
  externalId: string,
  emoji: string | null,
  address: ReplyAddress,
  context: Context,
): Promise<void> {
  const reaction = { message_id: externalId, emoji: emoji ?? '' };
  await post({ messaging_product: 'whatsapp', ...recipientOf(address), type: 'reaction', reaction }, context);
}

/** Two steps: the id gives an address that lives five minutes, and the address wants the token too. */
export async function downloadWhatsAppMedia(ref: unknown, context: Context): Promise<DownloadedMedia> {
  const mediaId = textIn(ref, 'mediaId');
  if (!mediaId) throw new ChannelError('rejected', 'The file has no id.', { code: 'media-unknown' });
  try {
    return await downloadOnce(mediaId, context);
  } catch (error) {
    // The address was over before it was used: ask for a new one.
    if (error instanceof ChannelError && error.code === ADDRESS_OVER) return downloadOnce(mediaId, context);
    throw error;
  }
}
const ADDRESS_OVER = 'media-address-over';

async function downloadOnce(mediaId: string, context: Context): Promise<DownloadedMedia> {
  const { settings } = context.account;
  const found = await call(context, false, () =>
    context.http.get<unknown>(graphUrl(settings, mediaId), {
      ...options(context),
      params: { phone_number_id: settings.phoneNumberId },
    }),
  );
  const url = textIn(found, 'url');
  if (!url || !mayHaveToken(url, settings))
    throw new ChannelError('rejected', 'WhatsApp names no address for the file.', { code: 'media-unknown' });
  const bytes = await call(context, false, async () => {
    try {
      return await context.http.get<ArrayBuffer>(url, { ...options(context), responseType: 'arraybuffer' });
    } catch (error) {
      if (isAxiosError(error) && error.response?.status === 404)
        throw new ChannelError('unavailable', 'The address of the file is over.', { code: ADDRESS_OVER });
      throw error;
    }
  });
  const file = Buffer.from(bytes as ArrayBuffer);
  checkWhole(file, found);
  return { bytes: file, mime: textIn(found, 'mime_type') ?? 'application/octet-stream', name: null };
}

/** The token goes to Meta's hosts only, unless the operator has put another provider in Meta's place. */
function mayHaveToken(url: string, { apiBaseUrl }: WhatsAppSettings): boolean {
  const isMeta = (host: string) => /(^|\.)(facebook\.com|fbsbx\.com|fbcdn\.net|whatsapp\.net|whatsapp\.com)$/.test(host);
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return isMeta(new URL(apiBaseUrl).hostname) ? protocol === 'https:' && isMeta(hostname) : /^https?:$/.test(protocol);
}

/** A file cut short on its way is fetched again rather than kept. */
function checkWhole(file: Buffer, found: unknown): void {
  const sizeBytes = numberIn(found, 'file_size');
  const sum = /^[0-9a-f]{64}$/i.exec(textIn(found, 'sha256') ?? '')?.[0].toLowerCase();
  const isShort = sizeBytes !== undefined && file.length < sizeBytes;
  const isOther = sum !== undefined && createHash('sha256').update(file).digest('hex') !== sum;
  if (isShort || isOther) throw new ChannelError('unavailable', 'The file did not arrive whole.', { code: 'media-incomplete' });
}

export async function checkWhatsApp(context: Context): Promise<AccountCheck> {
  const { settings } = context.account;
  try {
    const number = await call(context, false, () =>
      context.http.get<unknown>(graphUrl(settings, settings.phoneNumberId), {
        ...options(context),
        params: { fields: 'display_phone_number,verified_name,quality_rating' },
      }),
    );
    const shown = [textIn(number, 'verified_name'), textIn(number, 'display_phone_number')].filter(Boolean).join(', ');
    const isSubscribed = await subscription(context);
    return {
      ok: true,
      message:
        isSubscribed === false
          ? 'The number works, but no app is subscribed to the business account yet: no messages will arrive.'
          : `The number works${shown ? `: ${shown}` : ''}.`,
      details: {
        displayPhoneNumber: textIn(number, 'display_phone_number') ?? null,
        verifiedName: textIn(number, 'verified_name') ?? null,
        qualityRating: textIn(number, 'quality_rating') ?? null,
        subscribed: isSubscribed,
      },
    };
  } catch (error) {
    if (error instanceof ChannelError)
      return { ok: false, message: error.message, details: { code: error.code, fault: error.fault } };
    throw error;
  }
}

/** Does the business account send its webhooks to an app? Null when the token may not ask. */
async function subscription(context: Context): Promise<boolean | null> {
  const { settings } = context.account;
  try {
    const url = graphUrl(settings, settings.businessAccountId, 'subscribed_apps');
    const answer = await call(context, false, () => context.http.get<{ data?: unknown }>(url, options(context)));
    const { data } = answer as { data?: unknown };
    return Array.isArray(data) ? data.length > 0 : null;
  } catch {
    return null;
  }
}

const options = (context: Context) => ({
  headers: { authorization: `Bearer ${context.account.settings.accessToken}` },
  signal: context.signal,
});

async function call(context: Context, effect: boolean, request: () => Promise<{ data: unknown }>): Promise<unknown> {
  try {
    return (await request()).data;
  } catch (error) {
    const fault = graphFault(error, effect);
    context.log.warn('WhatsApp refused a call', { code: fault.code, fault: fault.fault });
    throw fault;
  }
}

import { type AccountCheck, ChannelError, type DownloadedMedia } from '@parley/connector';
import { type Context, call } from './api';
import type { FileRef } from './normalize/parts';

/** Are the tokens those of this seller, and may the application read messages? */
export async function check(context: Context): Promise<AccountCheck> {
  const { sellerId, siteId } = context.account.settings;
  try {
    const { data } = await call(context, '/users/me');
    if (String(data.id) !== sellerId)
      return { ok: false, message: `The tokens belong to the seller ${data.id}, not to ${sellerId}.` };
    if (data.site_id && data.site_id !== siteId)
      return { ok: false, message: `The seller sells on ${data.site_id}, not on ${siteId}.` };
    await call(context, '/messages/unread', { query: { role: 'seller', tag: 'post_sale' }, allow: [404] });
    return { ok: true, message: `Connected as ${data.nickname ?? sellerId}.`, details: { siteId: data.site_id ?? siteId } };
  } catch (error) {
    if (error instanceof ChannelError)
      return { ok: false, message: error.message, details: { code: error.code, fault: error.fault } };
    throw error;
  }
}

export async function downloadMedia(ref: unknown, context: Context): Promise<DownloadedMedia> {
  const { filename, siteId, claimId } = ref as FileRef;
  const name = encodeURIComponent(filename);
  const { data, headers } = claimId
    ? await call(context, `/post-purchase/v1/claims/${claimId}/attachments/${name}/download`, { bytes: true })
    : await call(context, `/messages/attachments/${name}`, { query: { tag: 'post_sale', site_id: siteId }, bytes: true });
  const mime = String(headers['content-type'] ?? 'application/octet-stream').split(';')[0] ?? '';
  return { bytes: new Uint8Array(data as ArrayBuffer), mime, name: filename };
}

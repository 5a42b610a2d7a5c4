import { createHmac } from 'node:crypto';
import type { AccountFacts, WebhookRequest } from '@parley/connector';
import { type WhatsAppSettings, whatsappSettings } from './settings';

/** Invented webhooks and an account, for the specs of this folder. */

export const PHONE_NUMBER_ID = '800000000000001';
export const rawSettings = {
  phoneNumberId: PHONE_NUMBER_ID,
  businessAccountId: '900000000000001',
  accessToken: 'EAAinvented-access-token',
  appSecret: 'invented-app-secret',
  verifyToken: 'invented-verify-token',
};

export const account = (overrides: Record<string, unknown> = {}): AccountFacts<WhatsAppSettings> => ({
  id: 'acc_wa',
  merchantId: 'mer_1',
  name: 'Lamp shop',
  settings: whatsappSettings.parse({ ...rawSettings, ...overrides }),
  merchantLanguage: 'zh-CN',
  signingKey: Buffer.from('signing key'),
});

export const metadata = { display_phone_number: '15005550100', phone_number_id: PHONE_NUMBER_ID };
export const BUYER = '4915112345678';

export const change = (value: object, field = 'messages') => ({
  field,
  value: { messaging_product: 'whatsapp', metadata, ...value },
});
export const batch = (...changes: unknown[]) => ({
  object: 'whatsapp_business_account',
  entry: [{ id: rawSettings.businessAccountId, changes }],
});
export const message = (fields: Record<string, unknown>) => ({
  from: BUYER,
  id: 'wamid.IN1',
  timestamp: '1760000000',
  ...fields,
});
export const profile = { profile: { name: 'Mila K' }, wa_id: BUYER };

export function signed(body: Buffer | string | object, secret = rawSettings.appSecret): WebhookRequest {
  const rawBody = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const signature = createHmac('sha256', secret).update(rawBody).digest('hex');
  return {
    method: 'POST',
    query: {},
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
    rawBody,
    remoteAddress: '127.0.0.1',
  };
}

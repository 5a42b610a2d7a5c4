import { apiBaseUrl, secret } from '@parley/connector';
import { z } from 'zod';

const graphId = (description: string) => z.string().trim().min(1).max(64).describe(description);

export const whatsappSettings = z.object({
  phoneNumberId: graphId('Graph id of the business phone number; not the number itself.'),
  businessAccountId: graphId('Id of the WhatsApp Business Account the number belongs to.'),
  accessToken: secret('Token of a system user with whatsapp_business_messaging and whatsapp_business_management.'),
  appSecret: secret('Secret of the Meta app: every webhook is signed with it.'),
  verifyToken: secret('The word typed into the app dashboard beside the callback URL.'),
  apiBaseUrl: apiBaseUrl('https://graph.facebook.com'),
  apiVersion: z
    .string()
    .regex(/^v\d+\.\d+$/)
    .default('v24.0')
    .describe('Graph API version, unless the base URL names one.'),
});
export type WhatsAppSettings = z.output<typeof whatsappSettings>;

/** Address of a Graph object; every path segment is escaped. */
export function graphUrl({ apiBaseUrl, apiVersion }: WhatsAppSettings, ...segments: readonly string[]): string {
  const base = /\/v\d+\.\d+$/.test(apiBaseUrl) ? apiBaseUrl : `${apiBaseUrl}/${apiVersion}`;
  return [base, ...segments.map(encodeURIComponent)].join('/');
}

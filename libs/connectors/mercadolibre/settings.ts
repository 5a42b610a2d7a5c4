import { apiBaseUrl, secret } from '@parley/connector';
import { z } from 'zod';

/** Sites and what is spoken there: https://developers.mercadolibre.com.ar (sites). */
export const sites: Readonly<Record<string, { readonly country: string; readonly language: string; readonly timeZone: string }>> =
  {
    MLA: { country: 'AR', language: 'es-AR', timeZone: 'America/Argentina/Buenos_Aires' },
    MLB: { country: 'BR', language: 'pt-BR', timeZone: 'America/Sao_Paulo' },
    MLM: { country: 'MX', language: 'es-MX', timeZone: 'America/Mexico_City' },
    MCO: { country: 'CO', language: 'es-CO', timeZone: 'America/Bogota' },
    MLC: { country: 'CL', language: 'es-CL', timeZone: 'America/Santiago' },
    MLU: { country: 'UY', language: 'es-UY', timeZone: 'America/Montevideo' },
    MPE: { country: 'PE', language: 'es-PE', timeZone: 'America/Lima' },
    MEC: { country: 'EC', language: 'es-EC', timeZone: 'America/Guayaquil' },
  };

/** Country assistants that stand between buyer and seller since 2026-02: never a contact, always to be answered. */
const assistantIds = new Set(['3020819166', '3037204123', '3037204279', '3037674934', '3037675074', '3037204685']);
export const isAssistant = (userId: string | null): userId is string => userId !== null && assistantIds.has(userId);

export const settingsSchema = z.object({
  clientId: z.string().min(1).meta({ description: 'Application id' }),
  clientSecret: secret('Secret key of the application'),
  sellerId: z.string().regex(/^\d+$/, 'must be the numeric user id of the seller'),
  siteId: z
    .string()
    .regex(/^(M[A-Z]{2}|CBT)$/, 'must be a site such as MLA or MLB, or CBT for Global Selling')
    .meta({ description: 'Site the seller sells on' }),
  refreshToken: secret('Refresh token of the seller; used once, then replaced by its successor'),
  accessToken: secret('Access token, where one is at hand').optional(),
  apiBaseUrl: apiBaseUrl('https://api.mercadolibre.com'),
});
export type Settings = z.infer<typeof settingsSchema>;

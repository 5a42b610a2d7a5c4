import { email } from './email';
import { mercadolibre } from './mercadolibre';
import { webchat } from './webchat';
import { whatsapp } from './whatsapp';

/** Every channel Parley knows. */
export const connectors = [email, whatsapp, webchat, mercadolibre] as const;

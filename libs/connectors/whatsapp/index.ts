export type { WhatsAppSettings } from './settings';
export { whatsapp } from './whatsapp.connector';

import type { EmailSettings } from '../settings';

/** These keep a copy of what goes out through them by themselves. */
const KEEPS_COPIES = /(^|\.)(gmail\.com|googlemail\.com|office365\.com|outlook\.com|hotmail\.com)$/i;

export const keepsCopies = (settings: EmailSettings): boolean => KEEPS_COPIES.test(settings.smtp.host);

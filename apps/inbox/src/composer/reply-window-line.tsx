import { useTranslation } from 'react-i18next';
import type { Conversation } from '../api/types';

/** Until when the channel lets one answer freely. */
export function ReplyWindowLine({ window }: { window: Conversation['replyWindow'] }) {
  const { t, i18n } = useTranslation();
  if (!window.openUntil || window.then === 'free') return null;
  const open = Date.parse(window.openUntil) > Date.now();
  return (
    <span className={`ms-auto text-[11px] ${open ? 'text-muted' : 'text-warn'}`}>
      {open
        ? t('composer.until', {
            time: new Date(window.openUntil).toLocaleString(i18n.language, { dateStyle: 'short', timeStyle: 'short' }),
          })
        : window.then === 'template'
          ? t('composer.template')
          : t('composer.closed', { reason: window.reason ?? '' })}
    </span>
  );
}

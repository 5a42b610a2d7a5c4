import { useTranslation } from 'react-i18next';
import type { useOutbox } from './outbox';

/** Replies on their way to the server, and those it did not take: their text is never lost. */
export function PendingList({ outbox }: { outbox: ReturnType<typeof useOutbox> }) {
  const { t } = useTranslation();
  if (outbox.pending.length === 0) return null;
  return (
    <ul className="mb-2 space-y-1.5">
      {outbox.pending.map((one) => (
        <li
          key={one.key}
          data-pending={one.error ? 'failed' : 'sending'}
          className="flex items-start gap-2 rounded-xl bg-shop px-3 py-2"
        >
          <p dir="auto" className={`min-w-0 flex-1 break-words whitespace-pre-wrap ${one.error ? '' : 'opacity-60'}`}>
            {one.text}
          </p>
          {one.error ? (
            <span role="alert" className="flex flex-wrap items-center gap-2 text-xs text-bad">
              {t('composer.failed', { reason: one.error === 'unreachable' ? t('signIn.unreachable') : one.error })}
              <button type="button" className="underline" onClick={() => outbox.again(one)}>
                {t('composer.again')}
              </button>
              <button type="button" className="underline" onClick={() => outbox.discard(one)}>
                {t('composer.discard')}
              </button>
            </span>
          ) : (
            <span className="text-xs text-muted">{t('delivery.pending')}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

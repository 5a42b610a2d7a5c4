import { useTranslation } from 'react-i18next';
import type { Part, Preview } from '../api/types';
import { languageName } from '../i18n';

interface Props {
  readonly preview: Preview | undefined;
  /** It belongs to what is written now; else it is shown dimmed. */
  readonly current: boolean;
  readonly error: Error | null;
  readonly edited: string | null;
  readonly onEdit: (text: string | null) => void;
  readonly back: boolean;
  readonly onBack: (back: boolean) => void;
}

/** What the buyer will get, before it leaves: the translation, to be corrected, and all that is doubtful about it. */
export function PreviewPane({ preview, current, error, edited, onEdit, back, onBack }: Props) {
  const { t, i18n } = useTranslation();
  if (error) return <Warning>{error.message}</Warning>;
  if (!preview) return null;
  const translated = preview.translation ? textOf(preview.translation.parts) : null;
  return (
    <div className={`border-t border-line px-3 py-2 ${current ? '' : 'opacity-60'}`} data-preview={current ? 'current' : 'stale'}>
      {translated !== null && (
        <>
          <div className="flex items-center gap-2 text-[11px] text-muted">
            <span>{t('composer.preview', { language: languageName(preview.language, i18n.language) })}</span>
            {edited !== null && <span className="rounded bg-warn-soft px-1 text-warn">{t('composer.edited')}</span>}
            <span className="ms-auto">{preview.translation?.engine}</span>
            {edited !== null && (
              <button type="button" className="underline" onClick={() => onEdit(null)}>
                {t('composer.reset')}
              </button>
            )}
            <button type="button" aria-pressed={back} className="underline" onClick={() => onBack(!back)}>
              {t('composer.back')}
            </button>
          </div>
          <textarea
            dir="auto"
            lang={preview.language}
            aria-label={t('composer.preview', { language: languageName(preview.language, i18n.language) })}
            title={t('composer.edit')}
            rows={2}
            value={edited ?? translated}
            onChange={(event) => onEdit(event.target.value)}
            className="mt-1 block w-full resize-y rounded-md bg-pane px-2 py-1.5"
          />
          {back && preview.backTranslation && (
            <p className="mt-1 text-xs text-muted" dir="auto">
              ↩ {preview.backTranslation}
            </p>
          )}
        </>
      )}
      {preview.status === 'no-engine' && <p className="text-xs text-muted">{t('composer.noEngine')}</p>}
      <Warnings preview={preview} />
    </div>
  );
}

function Warnings({ preview }: { preview: Preview }) {
  const { t, i18n } = useTranslation();
  const doubts = Object.values(preview.translation?.checks ?? {}).filter((result) => result !== 'ok');
  const { policy } = preview;
  return (
    <>
      {preview.problem && (
        <Warning>
          {preview.status === 'unavailable'
            ? t('composer.unavailable', { reason: preview.problem.message })
            : t('composer.unsafe', { reason: preview.problem.message })}
        </Warning>
      )}
      {!preview.problem && doubts.map((doubt) => <Warning key={doubt}>{doubt}</Warning>)}
      {preview.losses.map((loss) => (
        <Warning key={loss}>{t('composer.loss', { loss })}</Warning>
      ))}
      {policy.answer === 'blocked' && <Warning>{t('composer.closed', { reason: policy.reason ?? '' })}</Warning>}
      {policy.answer === 'needs-template' && <Warning>{t('composer.template')}</Warning>}
      {policy.answer === 'allowed' && policy.until && (
        <p className="text-[11px] text-muted">
          {t('composer.until', { time: new Date(policy.until).toLocaleString(i18n.language) })}
        </p>
      )}
    </>
  );
}

const Warning = ({ children }: { children: React.ReactNode }) => (
  <p role="status" className="mt-1 rounded-md bg-warn-soft px-2 py-1 text-xs text-warn">
    {children}
  </p>
);

const textOf = (parts: readonly Part[]): string =>
  parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n\n');

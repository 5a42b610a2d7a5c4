import { useTranslation } from 'react-i18next';
import { LogoIcon } from '../ui/icons';

export function NothingOpen() {
  const { t } = useTranslation();
  return (
    <main className="hidden flex-1 place-items-center p-8 text-center lg:grid">
      <div>
        <div className="mx-auto mb-4 grid size-16 place-items-center rounded-2xl bg-pane shadow-sm">
          <LogoIcon size={36} />
        </div>
        <p className="font-medium">{t('thread.pick')}</p>
        <p className="mt-1 text-muted">{t('thread.pickHint')}</p>
      </div>
    </main>
  );
}

import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, call, forgetKey, storeKey } from './api/client';
import { LogoIcon } from './ui/icons';
import { LanguageMenu } from './ui/language-menu';

export function SignIn({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [key, setKey] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    storeKey(key.trim());
    try {
      await call('/v1/conversations', { query: { limit: 1 } });
      onDone();
    } catch (error) {
      forgetKey();
      setProblem(error instanceof ApiError && error.status === 401 ? t('signIn.wrong') : t('signIn.unreachable'));
      setBusy(false);
    }
  };

  return (
    <main className="grid min-h-full place-items-center p-6">
      <form onSubmit={submit} className="w-full max-w-sm rounded-2xl border border-line bg-pane p-8 shadow-sm">
        <div className="mb-6 flex items-center justify-between">
          <LogoIcon size={36} />
          <LanguageMenu />
        </div>
        <h1 className="text-xl font-semibold">{t('signIn.title')}</h1>
        <p className="mt-1 text-muted">{t('signIn.hint')}</p>
        <label className="mt-5 block font-medium" htmlFor="key">
          {t('signIn.key')}
        </label>
        <input
          id="key"
          type="password"
          autoComplete="current-password"
          required
          value={key}
          onChange={(event) => setKey(event.target.value)}
          aria-invalid={problem !== null}
          aria-describedby={problem ? 'problem' : undefined}
          className="mt-1 w-full rounded-lg border border-line bg-sunken px-3 py-2 text-base"
        />
        {problem && (
          <p id="problem" role="alert" className="mt-2 text-bad">
            {problem}
          </p>
        )}
        <button
          type="submit"
          disabled={busy}
          className="mt-5 w-full rounded-lg bg-accent px-4 py-2.5 font-medium text-accent-ink hover:opacity-90 disabled:opacity-60"
        >
          {t('signIn.submit')}
        </button>
      </form>
    </main>
  );
}

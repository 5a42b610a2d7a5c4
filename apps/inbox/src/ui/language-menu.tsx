import { useTranslation } from 'react-i18next';
import { chooseLanguage, languages } from '../i18n';

export function LanguageMenu() {
  const { i18n } = useTranslation();
  return (
    <select
      aria-label="Language / 语言"
      value={i18n.language}
      onChange={(event) => chooseLanguage(event.target.value)}
      className="rounded-md border border-line bg-pane px-1.5 py-1 text-xs text-muted"
    >
      {Object.entries(languages).map(([tag, name]) => (
        <option key={tag} value={tag}>
          {name}
        </option>
      ))}
    </select>
  );
}

import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';
import { zhCn } from './zh-cn';

export const languages = { en: 'English', 'zh-CN': '中文' } as const;
const STORAGE = 'parley.language';

export async function startTexts(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en }, 'zh-CN': { translation: zhCn } },
    lng: localStorage.getItem(STORAGE) ?? preferred(),
    fallbackLng: 'en',
    interpolation: { escapeValue: false },
  });
  sayLanguage(i18next.language);
}

export function chooseLanguage(language: string): void {
  localStorage.setItem(STORAGE, language);
  void i18next.changeLanguage(language);
  sayLanguage(language);
}

const preferred = (): string => (navigator.languages.some((tag) => tag.toLowerCase().startsWith('zh')) ? 'zh-CN' : 'en');

function sayLanguage(language: string): void {
  document.documentElement.lang = language;
}

/** `es` → Spanish, in the language of the page. */
export function languageName(tag: string, page: string): string {
  if (tag === 'und') return '–';
  try {
    return new Intl.DisplayNames([page], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

export function countryName(code: string, page: string): string {
  try {
    return new Intl.DisplayNames([page], { type: 'region' }).of(code) ?? code;
  } catch {
    return code;
  }
}

const DAY_MS = 86_400_000;

/** Today: the time; this year: the day; else the date. */
export function shortTime(iso: string, page: string, now = Date.now()): string {
  const at = new Date(iso);
  const days = (now - at.getTime()) / DAY_MS;
  if (days < 1 && new Date(now).getDate() === at.getDate())
    return at.toLocaleTimeString(page, { hour: '2-digit', minute: '2-digit' });
  if (days < 300) return at.toLocaleDateString(page, { month: 'short', day: 'numeric' });
  return at.toLocaleDateString(page);
}

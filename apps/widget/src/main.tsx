import { render } from 'preact';
import type { Person } from './api';
import { Chat } from './chat';
import { styles } from './styles';
import { textsFor } from './texts';
import { ChatWindow } from './window';

type Call = [keyof WidgetApi, ...unknown[]];

interface WidgetApi {
  open(): void;
  close(): void;
  toggle(): void;
  setUser(person: Person): void;
  setContext(context: Record<string, unknown>): void;
  reset(): void;
  destroy(): void;
}

/**
 * `<script src="https://…/widget.js" data-account="acc_…" async></script>`
 * with `data-language` and `data-title` where wanted. Afterwards `Parley.open()` and the rest are there; calls pushed to
 * `Parley = [['setUser', {…}]]` before are caught up with.
 */
function start(script: HTMLScriptElement): void {
  const account = script.dataset['account'];
  if (!account) {
    // biome-ignore lint/suspicious/noConsole: the one place where a page's author looks
    console.warn('Parley: the script needs data-account="acc_…"');
    return;
  }
  const language = script.dataset['language'] ?? (document.documentElement.lang || navigator.language || 'en');
  const chat = new Chat(new URL(script.src).origin, account, language);
  const host = document.createElement('div');
  const shadow = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  shadow.adoptedStyleSheets = [sheet];
  document.body.append(host);
  const control = { open: (_open: boolean): void => undefined, isOpen: false };
  render(
    <ChatWindow
      chat={chat}
      texts={textsFor(language)}
      language={language}
      title={script.dataset['title'] ?? null}
      control={control}
    />,
    shadow,
  );

  const api: WidgetApi = {
    open: () => control.open(true),
    close: () => control.open(false),
    toggle: () => control.open(!control.isOpen),
    setUser: (person) => chat.identify(person),
    setContext: (context) => chat.setContext(context),
    reset: () => chat.reset(),
    destroy: () => host.remove(),
  };
  const page = window as unknown as { Parley?: WidgetApi | Call[] };
  const early = Array.isArray(page.Parley) ? page.Parley : [];
  page.Parley = api;
  for (const [name, ...args] of early) (api[name] as (...args: unknown[]) => void)?.(...args);
  if (chat.hasHistory) chat.start();
}

const script = document.currentScript as HTMLScriptElement | null;
if (script) {
  if (document.body) start(script);
  else addEventListener('DOMContentLoaded', () => start(script));
}

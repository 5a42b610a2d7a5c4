import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConversationFilter } from '../api/queries';
import type { Account } from '../api/types';
import { ChannelBadge, channelTitle } from '../ui/channel';
import { AllIcon, ClosedIcon, InboxIcon, LogoIcon, StarIcon, UnreadIcon } from '../ui/icons';
import { LanguageMenu } from '../ui/language-menu';

export interface View {
  readonly name: 'open' | 'unread' | 'vip' | 'closed' | 'all';
  readonly channel?: string;
}

const filters: Record<View['name'], ConversationFilter> = {
  open: { state: 'open' },
  unread: { unread: true },
  vip: { vip: true },
  closed: { state: 'closed' },
  all: {},
};
const icons: Record<View['name'], ComponentType<{ size?: number }>> = {
  open: InboxIcon,
  unread: UnreadIcon,
  vip: StarIcon,
  closed: ClosedIcon,
  all: AllIcon,
};

export const filterOf = (view: View): ConversationFilter => ({ ...filters[view.name], channel: view.channel });

interface Props {
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly accounts: readonly Account[];
  readonly onSignOut: () => void;
}

export function ViewRail({ view, onView, accounts, onSignOut }: Props) {
  const { t } = useTranslation();
  const channels = [...new Set(accounts.map((account) => account.channel))].sort();
  return (
    <nav aria-label={t('views.label')} className="hidden w-44 shrink-0 flex-col gap-1 border-e border-line p-3 md:flex">
      <div className="mb-3 flex items-center gap-2 px-2 text-base font-semibold">
        <LogoIcon /> Parley
      </div>
      {(Object.keys(filters) as View['name'][]).map((name) => {
        const Icon = icons[name];
        return (
          <Entry key={name} current={view.name === name && !view.channel} onClick={() => onView({ name })}>
            <Icon /> {t(`views.${name}`)}
          </Entry>
        );
      })}
      {channels.length > 0 && <h2 className="mt-4 px-2 text-xs font-semibold text-muted">{t('views.channels')}</h2>}
      {channels.map((channel) => (
        <Entry key={channel} current={view.channel === channel} onClick={() => onView({ name: 'all', channel })}>
          <ChannelBadge channel={channel} /> {channelTitle(channel)}
        </Entry>
      ))}
      <div className="mt-auto flex items-center justify-between gap-2 px-1">
        <LanguageMenu />
        <button
          type="button"
          onClick={onSignOut}
          className="rounded px-1.5 py-1 text-xs whitespace-nowrap text-muted hover:text-ink"
        >
          {t('signIn.out')}
        </button>
      </div>
    </nav>
  );
}

function Entry({ current, onClick, children }: { current: boolean; onClick: () => void; children: React.ReactNode }) {
  return (
    <button
      type="button"
      aria-current={current ? 'page' : undefined}
      onClick={onClick}
      className={`flex items-center gap-2 rounded-lg px-2 py-1.5 text-start ${current ? 'bg-accent-soft font-medium text-accent' : 'hover:bg-sunken'}`}
    >
      {children}
    </button>
  );
}

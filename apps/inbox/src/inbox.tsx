import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useOpenConversation } from './address';
import { useAccounts, useApplyEvent, useConversations } from './api/queries';
import { useRealtime } from './api/realtime';
import { ContextPanel } from './context/context-panel';
import { useKeys } from './keyboard';
import { ConversationList } from './list/conversation-list';
import { filterOf, type View, ViewRail } from './list/view-rail';
import { NothingOpen } from './thread/nothing-open';
import { Thread } from './thread/thread';

export function Inbox({ onSignOut }: { onSignOut: () => void }) {
  const { t } = useTranslation();
  const [view, setView] = useState<View>({ name: 'open' });
  const [search, setSearch] = useState('');
  const q = useDeferredValue(search.trim());
  const [openId, open] = useOpenConversation();
  const { apply, readAgain } = useApplyEvent();
  const connection = useRealtime(apply, readAgain);
  const accounts = useAccounts();
  const conversations = useConversations({ ...filterOf(view), q: q || undefined });
  const rows = useMemo(() => conversations.data?.pages.flatMap((page) => page.data) ?? [], [conversations.data]);

  const step = (by: number) => {
    const at = rows.findIndex((row) => row.id === openId);
    const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))];
    if (next) open(next.id);
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    '/': () => document.getElementById('search')?.focus(),
    Escape: () => open(null),
  });
  const unread = rows.filter((row) => row.unreadCount > 0).length;
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Parley` : 'Parley';
  }, [unread]);

  const sick =
    accounts.data?.data.filter((account) => account.health && ['unauthorized', 'degraded'].includes(account.health.state)) ?? [];
  return (
    <div className="flex h-full flex-col">
      {connection === 'lost' && (
        <div role="status" className="bg-warn-soft px-4 py-1.5 text-center text-warn">
          {t('connection.lost')}
        </div>
      )}
      {sick.map((account) => (
        <div key={account.id} role="status" className="bg-bad-soft px-4 py-1.5 text-center text-bad">
          {t('health.problem', { name: account.name, reason: account.health?.reason ?? account.health?.state })}
        </div>
      ))}
      <div className="flex min-h-0 flex-1">
        <ViewRail view={view} onView={setView} accounts={accounts.data?.data ?? []} onSignOut={onSignOut} />
        <ConversationList
          rows={rows}
          query={conversations}
          openId={openId}
          onOpen={open}
          search={search}
          onSearch={setSearch}
          hidden={openId !== null}
        />
        {openId ? <Thread key={openId} id={openId} onBack={() => open(null)} /> : <NothingOpen />}
        {openId && <ContextPanel key={`context-${openId}`} id={openId} />}
      </div>
    </div>
  );
}

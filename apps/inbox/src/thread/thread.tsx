import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePatchConversation } from '../api/actions';
import { useConversation, useMessages } from '../api/queries';
import { Composer } from '../composer/composer';
import { useKeys } from '../keyboard';
import { MessageList } from './message-list';
import { ThreadHeader } from './thread-header';

const STORAGE = 'parley.originals';

export function Thread({ id, onBack }: { id: string; onBack: () => void }) {
  const { t } = useTranslation();
  const conversation = useConversation(id);
  const messages = useMessages(id);
  const [originals, setOriginals] = useOriginals(id);
  const patch = usePatchConversation(id);
  const state = conversation.data?.state;
  const toggleClosed = () => patch.mutate({ state: state === 'closed' ? 'open' : 'closed' });
  useKeys({ t: () => setOriginals(!originals), e: toggleClosed });

  const unread = conversation.data?.unreadCount ?? 0;
  const markRead = patch.mutate;
  useEffect(() => {
    if (unread > 0 && document.visibilityState === 'visible') markRead({ read: true });
  }, [unread, markRead]);

  if (conversation.isError)
    return (
      <main className="grid flex-1 place-items-center p-8 text-center">
        <div role="alert">
          <p>{t('thread.failed')}</p>
          <code className="text-xs text-muted">{id}</code>
          <div>
            <button type="button" className="mt-3 text-accent underline" onClick={() => void conversation.refetch()}>
              {t('thread.retry')}
            </button>
          </div>
        </div>
      </main>
    );
  return (
    <main className="flex min-w-0 flex-1 flex-col bg-page">
      <ThreadHeader
        conversation={conversation.data}
        originals={originals}
        onOriginals={setOriginals}
        onToggleClosed={toggleClosed}
        onBack={onBack}
      />
      <MessageList query={messages} conversation={conversation.data} originals={originals} />
      {conversation.data && <Composer conversation={conversation.data} />}
    </main>
  );
}

/** Remembered per conversation. */
function useOriginals(id: string): [boolean, (originals: boolean) => void] {
  const [originals, set] = useState(() => remembered().includes(id));
  const keep = (value: boolean) => {
    const others = remembered().filter((known) => known !== id);
    localStorage.setItem(STORAGE, JSON.stringify(value ? [...others, id].slice(-200) : others));
    set(value);
  };
  return [originals, keep];
}

const remembered = (): string[] => JSON.parse(localStorage.getItem(STORAGE) ?? '[]') as string[];

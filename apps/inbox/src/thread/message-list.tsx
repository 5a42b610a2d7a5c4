import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { useLayoutEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, Message, Page } from '../api/types';
import { useBuyerTyping } from '../api/typing';
import { MessageBubble } from './message-bubble';

interface Props {
  readonly query: UseInfiniteQueryResult<InfiniteData<Page<Message>>>;
  readonly conversation: Conversation | undefined;
  readonly originals: boolean;
}

/** Close enough to the end to go along with it. */
const FOLLOW_PX = 120;

export function MessageList({ query, conversation, originals }: Props) {
  const { t, i18n } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const height = useRef(0);
  const typing = useBuyerTyping(conversation?.id ?? '');
  const messages = useMemo(() => [...(query.data?.pages ?? [])].reverse().flatMap((page) => page.data), [query.data]);
  const days = useMemo(() => byDay(messages, i18n.language), [messages, i18n.language]);

  // New messages keep the end in view; older ones loaded above leave what is being read where it is.
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box || messages.length === 0) return;
    if (following.current) box.scrollTop = box.scrollHeight;
    else if (box.scrollTop < FOLLOW_PX) box.scrollTop += box.scrollHeight - height.current;
    height.current = box.scrollHeight;
  }, [messages]);

  const onScroll = () => {
    const box = scroller.current;
    if (!box) return;
    following.current = box.scrollHeight - box.scrollTop - box.clientHeight < FOLLOW_PX;
    height.current = box.scrollHeight;
  };

  return (
    <div ref={scroller} onScroll={onScroll} className="min-h-0 flex-1 overflow-y-auto px-4 py-4">
      {query.hasNextPage && (
        <div className="pb-3 text-center">
          <button type="button" className="text-xs text-accent underline" onClick={() => void query.fetchNextPage()}>
            {t('thread.older')}
          </button>
        </div>
      )}
      <div role="log" aria-live="polite" className="mx-auto flex max-w-3xl flex-col gap-2">
        {days.map(({ day, messages: ofDay }) => (
          <section key={day} className="flex flex-col gap-2">
            <h2 className="my-1 text-center text-xs font-normal text-muted">{day}</h2>
            {ofDay.map((message) => (
              <MessageBubble
                key={message.id}
                message={message}
                originals={originals}
                buyerName={conversation?.contact.name ?? null}
                buyerLanguage={conversation?.language ?? 'und'}
              />
            ))}
          </section>
        ))}
        {typing && (
          <p className="self-start text-xs text-muted">
            {t('thread.typing', { name: conversation?.contact.name ?? t('list.noName') })}
          </p>
        )}
      </div>
    </div>
  );
}

function byDay(messages: readonly Message[], page: string): { day: string; messages: Message[] }[] {
  const days: { day: string; messages: Message[] }[] = [];
  for (const message of messages) {
    const day = new Date(message.sentAt).toLocaleDateString(page, { weekday: 'long', month: 'long', day: 'numeric' });
    const last = days.at(-1);
    if (last?.day === day) last.messages.push(message);
    else days.push({ day, messages: [message] });
  }
  return days;
}

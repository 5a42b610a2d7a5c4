import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '../api/types';
import { shortTime } from '../i18n';
import { Avatar, Flag } from '../ui/avatar';
import { ChannelBadge } from '../ui/channel';

interface Props {
  readonly conversation: Conversation;
  readonly current: boolean;
  readonly onOpen: (id: string) => void;
}

const NOT_SENT = new Set(['failed', 'held', 'uncertain']);

export const ConversationRow = memo(function ConversationRow({ conversation, current, onOpen }: Props) {
  const { t, i18n } = useTranslation();
  const { contact, lastMessage, unreadCount } = conversation;
  const name = contact.name ?? t('list.noName');
  const text = lastMessage?.translatedText || lastMessage?.text || conversation.subject || '';
  return (
    <button
      type="button"
      aria-current={current ? 'true' : undefined}
      onClick={() => onOpen(conversation.id)}
      className={`flex h-full w-full gap-3 border-b border-line p-3 text-start ${current ? 'bg-accent-soft' : 'hover:bg-sunken'}`}
    >
      <Avatar name={name} id={contact.id} />
      <span className="min-w-0 flex-1">
        <span className="flex items-center gap-1.5">
          <span className={`truncate ${unreadCount > 0 ? 'font-semibold' : 'font-medium'}`} dir="auto">
            {name}
          </span>
          <Flag country={contact.country} />
          {contact.vip && <span className="rounded bg-warn-soft px-1 text-[10px] font-semibold text-warn">VIP</span>}
          <time
            className="ms-auto shrink-0 text-xs text-muted"
            dateTime={conversation.updatedAt}
            title={new Date(conversation.updatedAt).toLocaleString()}
          >
            {shortTime(lastMessage?.at ?? conversation.updatedAt, i18n.language)}
          </time>
        </span>
        <span className="mt-0.5 flex items-center gap-2">
          <span dir="auto" className={`line-clamp-1 flex-1 ${unreadCount > 0 ? '' : 'text-muted'}`}>
            {text}
          </span>
          {unreadCount > 0 && (
            <span
              className="grid min-w-5 place-items-center rounded-full bg-accent px-1 text-xs font-semibold text-accent-ink"
              title={t('list.unread', { count: unreadCount })}
            >
              {unreadCount > 9 ? '9+' : unreadCount}
            </span>
          )}
        </span>
        <span className="mt-0.5 flex items-center gap-1.5 text-[11px] text-muted">
          <ChannelBadge channel={conversation.channel} />
          {conversation.language !== 'und' && <span className="uppercase">{conversation.language}</span>}
          {lastMessage?.deliveryState && NOT_SENT.has(lastMessage.deliveryState) && (
            <span className="font-semibold text-bad">{t(`delivery.${lastMessage.deliveryState}`)}</span>
          )}
          {conversation.orders[0] && <span className="truncate">#{conversation.orders[0].number}</span>}
        </span>
      </span>
    </button>
  );
});

import { useTranslation } from 'react-i18next';
import type { Conversation } from '../api/types';
import { languageName } from '../i18n';
import { ChannelBadge, channelTitle } from '../ui/channel';
import { BackIcon } from '../ui/icons';

interface Props {
  readonly conversation: Conversation | undefined;
  readonly originals: boolean;
  readonly onOriginals: (originals: boolean) => void;
  readonly onToggleClosed: () => void;
  readonly onBack: () => void;
}

export function ThreadHeader({ conversation, originals, onOriginals, onToggleClosed, onBack }: Props) {
  const { t, i18n } = useTranslation();
  return (
    <header className="flex min-h-14 items-center gap-3 border-b border-line bg-pane px-4 py-2">
      <button type="button" onClick={onBack} aria-label={t('thread.back')} className="rounded p-1.5 hover:bg-sunken lg:hidden">
        <BackIcon />
      </button>
      {conversation && (
        <>
          <div className="min-w-0 flex-1">
            <h1 className="truncate font-semibold" dir="auto">
              {conversation.contact.name ?? t('list.noName')}
            </h1>
            <p className="flex items-center gap-1.5 text-xs text-muted">
              <ChannelBadge channel={conversation.channel} />
              <span className="truncate" dir="auto">
                {conversation.subject ?? channelTitle(conversation.channel)}
              </span>
            </p>
          </div>
          {conversation.language !== 'und' && (
            <span className="hidden rounded-full border border-line px-2 py-0.5 text-xs text-muted sm:inline">
              {languageName(conversation.language, i18n.language)}
            </span>
          )}
          <button
            type="button"
            aria-pressed={originals}
            onClick={() => onOriginals(!originals)}
            title="t"
            className="rounded-lg border border-line px-2.5 py-1.5 text-xs hover:bg-sunken"
          >
            {originals ? t('thread.showTranslations') : t('thread.showOriginals')}
          </button>
          <button
            type="button"
            onClick={onToggleClosed}
            title="e"
            className="rounded-lg border border-line px-2.5 py-1.5 text-xs hover:bg-sunken"
          >
            {conversation.state === 'closed' ? t('thread.reopen') : t('thread.close')}
          </button>
        </>
      )}
    </header>
  );
}

import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../api/types';
import { languageName } from '../i18n';
import { DeliveryLine } from './delivery-line';
import { PartView } from './part-view';
import { Reactions } from './reactions';

interface Props {
  readonly message: Message;
  readonly originals: boolean;
  readonly buyerName: string | null;
  /** What the buyer reads. */
  readonly buyerLanguage: string;
}

const base = (tag: string): string => tag.split('-')[0] ?? tag;

/** A reply written here was translated for the buyer; what the shop said elsewhere was said in the buyer's language. */
const leftTranslated = (message: Message, buyerLanguage: string): boolean => {
  const translation = message.translations.at(-1);
  return message.direction === 'outbound' && translation !== undefined && base(translation.language) === base(buyerLanguage);
};

export const MessageBubble = memo(function MessageBubble({ message, originals, buyerName, buyerLanguage }: Props) {
  const { i18n } = useTranslation();
  const [flipped, setFlipped] = useState<boolean | null>(null);
  const outbound = message.direction === 'outbound';
  const sentTranslated = leftTranslated(message, buyerLanguage);
  // The reader of this page reads the shop's language: of a reply that is the original, of all else the translation.
  const translation = message.translations.at(-1) ?? null;
  const translated = translation !== null && (flipped ?? (sentTranslated ? originals : !originals));
  const parts = translated && translation ? translation.parts : (message.edits.at(-1)?.parts ?? message.parts);
  const language = translated && translation ? translation.language : message.language;
  const time = new Date(message.sentAt).toLocaleTimeString(i18n.language, { hour: '2-digit', minute: '2-digit' });
  const look = message.note ? 'bg-note' : outbound ? 'bg-shop' : 'bg-buyer';
  return (
    <article
      data-message={message.id}
      className={`flex max-w-[85%] flex-col ${outbound ? 'items-end self-end' : 'items-start self-start'}`}
    >
      <div className={`rounded-2xl px-3.5 py-2 shadow-xs ${look} ${outbound ? 'rounded-ee-sm' : 'rounded-es-sm'}`}>
        {message.note && <NoteLabel />}
        <div
          lang={language === 'und' ? undefined : language}
          className={`space-y-2 ${message.recalledAt ? 'line-through opacity-60' : ''}`}
          data-parts
        >
          {parts.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts of a message never change places
            <PartView key={index} part={part} />
          ))}
        </div>
        <TranslationLine
          message={message}
          translated={translated}
          sentTranslated={sentTranslated}
          onFlip={translation ? () => setFlipped(!translated) : undefined}
          page={i18n.language}
        />
      </div>
      <Reactions reactions={message.reactions} />
      <footer
        className={`mt-0.5 flex flex-wrap items-center gap-x-2 gap-y-1 px-1 text-[11px] text-muted ${outbound ? 'justify-end' : ''}`}
      >
        <span dir="auto">{message.author.name ?? (outbound ? null : buyerName)}</span>
        <time dateTime={message.sentAt} title={new Date(message.sentAt).toLocaleString(i18n.language)}>
          {time}
        </time>
        {message.delivery && !message.note && <DeliveryLine message={message} delivery={message.delivery} />}
        <History message={message} />
      </footer>
    </article>
  );
});

function NoteLabel() {
  const { t } = useTranslation();
  return <p className="mb-1 text-xs font-semibold text-warn">{t('thread.note')}</p>;
}

function History({ message }: { message: Message }) {
  const { t } = useTranslation();
  if (message.recalledAt) return <span>{t('thread.recalled')}</span>;
  return message.edits.length > 0 ? <span>{t('thread.edited')}</span> : null;
}

interface LineProps {
  readonly message: Message;
  readonly translated: boolean;
  readonly sentTranslated: boolean;
  readonly onFlip: (() => void) | undefined;
  readonly page: string;
}

function TranslationLine({ message, translated, sentTranslated, onFlip, page }: LineProps) {
  const { t } = useTranslation();
  const outbound = message.direction === 'outbound';
  const translation = message.translations.at(-1);
  if (!translation || !onFlip) {
    if (message.note || outbound) return null;
    if (message.translationStatus === 'pending') return <Line>{t('thread.translating')}</Line>;
    if (message.translationStatus === 'no-engine') return <Line>{t('thread.noEngine')}</Line>;
    if (message.translationStatus === 'failed') return <Line>{t('thread.translationFailed')}</Line>;
    return null;
  }
  const names = {
    language: languageName(sentTranslated ? translation.language : message.language, page),
    engine: translation.engine,
  };
  const about = sentTranslated
    ? translation.editedBy
      ? t('thread.byPerson', names)
      : t('thread.translatedTo', names)
    : t('thread.translatedFrom', names);
  const flip = sentTranslated
    ? translated
      ? 'thread.viewOriginal'
      : 'thread.viewSent'
    : translated
      ? 'thread.viewOriginal'
      : 'thread.viewTranslation';
  const doubts = Object.values(translation.checks).filter((result) => result !== 'ok');
  return (
    <Line>
      {about} ·{' '}
      <button type="button" onClick={onFlip} className="underline hover:text-ink">
        {t(flip)}
      </button>
      {doubts.length > 0 && <span className="block text-warn">{t('thread.doubt', { what: doubts.join('; ') })}</span>}
    </Line>
  );
}

const Line = ({ children }: { children: React.ReactNode }) => <p className="mt-1.5 text-[11px] text-muted">{children}</p>;

import { type KeyboardEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, Part, ReplyBody } from '../api/types';
import { tellTyping } from '../api/typing';
import { useKeys } from '../keyboard';
import { SendIcon } from '../ui/icons';
import { Attachments, useAttachments } from './attachments';
import { useOutbox } from './outbox';
import { PendingList } from './pending-list';
import { PreviewPane } from './preview-pane';
import { ReplyWindowLine } from './reply-window-line';
import { useDraft } from './use-draft';
import { usePreview } from './use-preview';

export function Composer({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const [text, setText] = useDraft(conversation.id);
  const [note, setNote] = useState(false);
  const [asWritten, setAsWritten] = useState(false);
  const [edited, setEdited] = useState<string | null>(null);
  const [back, setBack] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const outbox = useOutbox(conversation.id);
  const attachments = useAttachments();
  const { preview, current, error } = usePreview(conversation.id, text, !note && !asWritten, back);
  const write = (asNote: boolean) => {
    setNote(asNote);
    field.current?.focus();
  };
  useKeys({ r: () => write(false), n: () => write(true) });

  const blocked = !note && preview?.policy.answer === 'blocked';
  const ready = (text.trim() !== '' || attachments.files.length > 0) && !attachments.busy && !blocked;
  const submit = () => {
    if (!ready) return;
    outbox.send(replyBody(text, attachments.parts(), { note, asWritten, edited }), text);
    setText('');
    setEdited(null);
    attachments.clear();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While a syllable is being composed (IME), Enter chooses it and sends nothing.
    if (event.key !== 'Enter' || event.nativeEvent.isComposing || event.keyCode === 229 || event.shiftKey || event.altKey) return;
    event.preventDefault();
    submit();
  };

  return (
    <section className="border-t border-line bg-pane px-4 py-3">
      <div className="mx-auto max-w-3xl">
        <PendingList outbox={outbox} />
        <div className="mb-2 flex items-center gap-1">
          <Tab current={!note} onClick={() => write(false)} label={t('composer.reply')} />
          <Tab current={note} onClick={() => write(true)} label={t('composer.note')} />
          <ReplyWindowLine window={conversation.replyWindow} />
        </div>
        <div className={`rounded-xl border border-line ${note ? 'bg-note' : 'bg-sunken'}`}>
          <textarea
            ref={field}
            id="reply"
            dir="auto"
            rows={3}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              if (!note) tellTyping(conversation.id);
            }}
            onKeyDown={onKeyDown}
            onPaste={attachments.onPaste}
            placeholder={note ? t('composer.writeNote') : t('composer.write')}
            aria-label={note ? t('composer.note') : t('composer.reply')}
            className="block max-h-60 w-full resize-y bg-transparent px-3 py-2.5 text-base outline-none"
          />
          {!note && !asWritten && text.trim() !== '' && (
            <PreviewPane
              preview={preview}
              current={current}
              error={error}
              edited={edited}
              onEdit={setEdited}
              back={back}
              onBack={setBack}
            />
          )}
          <Attachments attachments={attachments} />
          <div className="flex items-center gap-3 px-2 py-2">
            {!note && <attachments.Picker />}
            {!note && (
              <label className="flex items-center gap-1.5 text-xs text-muted">
                <input type="checkbox" checked={asWritten} onChange={(event) => setAsWritten(event.target.checked)} />
                {t('composer.asWritten')}
              </label>
            )}
            <button
              type="button"
              onClick={submit}
              disabled={!ready}
              title={t('composer.sent')}
              className="ms-auto flex items-center gap-1.5 rounded-lg bg-accent px-4 py-2 font-medium text-accent-ink hover:opacity-90 disabled:opacity-40"
            >
              <SendIcon /> {note ? t('composer.save') : t('composer.send')}
            </button>
          </div>
        </div>
      </div>
    </section>
  );
}

interface Choices {
  readonly note: boolean;
  readonly asWritten: boolean;
  readonly edited: string | null;
}

function replyBody(text: string, media: readonly Part[], { note, asWritten, edited }: Choices): ReplyBody {
  const written = text.trim();
  const parts: Part[] = [...(written ? [{ kind: 'text', text: written } as const] : []), ...media];
  const content = media.length > 0 ? { parts } : { text: written };
  if (note) return { ...content, note: true };
  if (asWritten) return { ...content, translate: false };
  return edited !== null && media.length === 0 ? { ...content, translation: edited } : content;
}

function Tab({ current, onClick, label }: { current: boolean; onClick: () => void; label: string }) {
  return (
    <button
      type="button"
      aria-pressed={current}
      onClick={onClick}
      className={`rounded-md px-2.5 py-1 text-xs font-medium ${current ? 'bg-accent-soft text-accent' : 'text-muted hover:text-ink'}`}
    >
      {label}
    </button>
  );
}

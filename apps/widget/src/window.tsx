import { useEffect, useRef, useState } from 'preact/hooks';
import type { Message, Part } from './api';
import type { Chat, ChatState } from './chat';
import { directionOf, type Texts } from './texts';

const FILE_BYTES_MAX = 2 * 1024 * 1024;

interface Props {
  readonly chat: Chat;
  readonly texts: Texts;
  readonly language: string;
  readonly title: string | null;
  /** Lets the page open and close the window. */
  readonly control: { open: (open: boolean) => void; isOpen: boolean };
}

export function ChatWindow({ chat, texts, language, title, control }: Props) {
  const [state, setState] = useState<ChatState | null>(null);
  const [open, setOpen] = useState(false);
  const launcher = useRef<HTMLButtonElement>(null);
  control.isOpen = open;
  control.open = (next) => {
    setOpen(next);
    if (next) chat.start();
    else launcher.current?.focus();
  };
  useEffect(() => chat.subscribe(setState), [chat]);
  useEffect(() => chat.watch(open), [chat, open]);
  if (!state) return null;
  const label = state.unread > 0 ? `${texts.open} (${state.unread} ${texts.unread})` : texts.open;
  return (
    <div class="root" dir={directionOf(language)} lang={language}>
      {open && <Panel chat={chat} state={state} texts={texts} title={title} onClose={() => control.open(false)} />}
      <button
        ref={launcher}
        type="button"
        class="launcher"
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={open ? texts.close : label}
        onClick={() => control.open(!open)}
      >
        <svg viewBox="0 0 24 24" width="26" height="26" fill="none" stroke="currentColor" stroke-width="1.8" aria-hidden="true">
          {open ? <path d="M6 6l12 12M18 6L6 18" /> : <path d="M4 5h16v11H10l-4 4v-4H4z" />}
        </svg>
        {!open && state.unread > 0 && <span class="badge">{state.unread > 99 ? '99+' : state.unread}</span>}
      </button>
    </div>
  );
}

interface PanelProps {
  readonly chat: Chat;
  readonly state: ChatState;
  readonly texts: Texts;
  readonly title: string | null;
  readonly onClose: () => void;
}

function Panel({ chat, state, texts, title, onClose }: PanelProps) {
  const end = useRef<HTMLDivElement>(null);
  const count = state.messages.length + state.waiting.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new message brings the end into view
  useEffect(() => end.current?.scrollIntoView({ block: 'end' }), [count, state.typing]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose();
  };
  return (
    <div class="panel" role="dialog" aria-label={title ?? texts.title} onKeyDown={onKeyDown}>
      <header>
        <strong dir="auto">{title ?? texts.title}</strong>
        <button type="button" aria-label={texts.close} onClick={onClose}>
          ×
        </button>
      </header>
      {state.unavailable && <p class="banner">{texts.unavailable}</p>}
      {!state.online && !state.unavailable && (
        <p class="banner" role="status">
          {texts.offline}
        </p>
      )}
      <div class="log" role="log" aria-live="polite">
        <p class="hint">{texts.hint}</p>
        {state.messages.map((message) => (
          <Bubble key={message.id} message={message} />
        ))}
        {state.waiting.map((one) => (
          <div key={one.clientKey} class={`bubble mine ${one.failed ? 'failed' : 'waiting'}`} data-client-key={one.clientKey}>
            <Parts parts={one.parts} />
            <small>
              {one.failed ? texts.failed : texts.sending}{' '}
              {one.failed && (
                <button type="button" onClick={() => chat.retry()}>
                  {texts.retry}
                </button>
              )}
            </small>
          </div>
        ))}
        {state.typing && <p class="hint">{`${texts.shop} ${texts.typing}`}</p>}
        <div ref={end} />
      </div>
      <Composer chat={chat} texts={texts} />
    </div>
  );
}

const Bubble = ({ message }: { message: Message }) => (
  <div class={`bubble ${message.direction === 'inbound' ? 'mine' : 'theirs'}`} data-message={message.id} lang={message.language}>
    <Parts parts={message.parts} />
  </div>
);

function Parts({ parts }: { parts: readonly Part[] }) {
  return (
    <>
      {parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of a message never change places
        <PartView key={index} part={part} />
      ))}
    </>
  );
}

/** What is shown is text, or comes from the gateway itself; nothing a person wrote is ever markup. */
function PartView({ part }: { part: Part }) {
  if (part.kind === 'media' && 'mime' in part) {
    if (!part.url) return <p>📎 {part.name}</p>;
    if (part.mime.startsWith('image/') && part.mime !== 'image/svg+xml')
      return <img src={part.url} alt={part.caption ?? part.name ?? ''} />;
    return (
      <a href={part.url} target="_blank" rel="noopener noreferrer" download={part.name ?? ''}>
        📎 {part.name ?? part.mime}
      </a>
    );
  }
  const { text, title, summary } = part as { text?: string; title?: string; summary?: string };
  return <p dir="auto">{text ?? title ?? summary ?? ''}</p>;
}

function Composer({ chat, texts }: { chat: Chat; texts: Texts }) {
  const [text, setText] = useState(chat.draft);
  const [problem, setProblem] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const file = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const write = (value: string) => {
    setText(value);
    chat.draft = value;
    if (value) chat.typed();
  };
  const submit = () => {
    if (!text.trim()) return;
    chat.send([{ kind: 'text', text: text.trim() }]);
    write('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While a syllable is being composed (IME), Enter chooses it and sends nothing.
    if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229 || event.shiftKey) return;
    event.preventDefault();
    submit();
  };
  const attach = async (chosen: File | undefined) => {
    if (!chosen) return;
    setProblem(chosen.size > FILE_BYTES_MAX ? texts.tooBig : null);
    if (chosen.size > FILE_BYTES_MAX) return;
    chat.send([
      { kind: 'media', mime: chosen.type || 'application/octet-stream', url: await dataUrl(chosen), name: chosen.name },
    ]);
  };
  return (
    <div class="composer">
      {problem && <p role="alert">{problem}</p>}
      <textarea
        ref={field}
        rows={2}
        dir="auto"
        value={text}
        placeholder={texts.write}
        aria-label={texts.write}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <button type="button" class="clip" aria-label={texts.attach} onClick={() => file.current?.click()}>
        📎
      </button>
      <input
        ref={file}
        type="file"
        hidden
        onChange={(event) => {
          void attach(event.currentTarget.files?.[0]);
          event.currentTarget.value = '';
        }}
      />
      <button type="button" class="send" onClick={submit} disabled={!text.trim()}>
        {texts.send}
      </button>
    </div>
  );
}

const dataUrl = (file: File): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () =>
      resolve(`data:${file.type || 'application/octet-stream'};base64,${String(reader.result).split(',')[1] ?? ''}`);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });

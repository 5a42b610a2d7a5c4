import { type ClipboardEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { uploadMedia } from '../api/actions';
import type { Part } from '../api/types';
import { ClipIcon, FileIcon } from '../ui/icons';

interface Attachment {
  readonly key: string;
  readonly name: string;
  readonly part: Part | null;
  readonly error: string | null;
}

/** Files of the reply being written: uploaded at once, sent with it. */
export function useAttachments() {
  const [files, setFiles] = useState<readonly Attachment[]>([]);
  const put = (one: Attachment) => setFiles((all) => [...all.filter((known) => known.key !== one.key), one]);

  const add = async (file: File) => {
    const key = crypto.randomUUID();
    put({ key, name: file.name, part: null, error: null });
    try {
      const { url, mime, name, sizeBytes } = await uploadMedia(file);
      put({ key, name: file.name, part: { kind: 'media', url, mime, name, sizeBytes, caption: null }, error: null });
    } catch (error) {
      put({ key, name: file.name, part: null, error: error instanceof Error ? error.message : String(error) });
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...event.clipboardData.files];
    if (pasted.length === 0) return;
    event.preventDefault();
    for (const file of pasted) void add(file);
  };

  return {
    files,
    busy: files.some((file) => !file.part && !file.error),
    parts: (): Part[] => files.flatMap((file) => (file.part ? [file.part] : [])),
    remove: (key: string) => setFiles((all) => all.filter((file) => file.key !== key)),
    clear: () => setFiles([]),
    onPaste,
    Picker: () => <Picker onFile={(file) => void add(file)} />,
  };
}

function Picker({ onFile }: { onFile: (file: File) => void }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        aria-label={t('composer.attach')}
        title={t('composer.attach')}
        onClick={() => input.current?.click()}
        className="rounded p-1.5 text-muted hover:text-ink"
      >
        <ClipIcon size={18} />
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          for (const file of event.target.files ?? []) onFile(file);
          event.target.value = '';
        }}
      />
    </>
  );
}

export function Attachments({ attachments }: { attachments: ReturnType<typeof useAttachments> }) {
  const { t } = useTranslation();
  if (attachments.files.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-2 border-t border-line px-3 py-2">
      {attachments.files.map((file) => (
        <li key={file.key} className="flex items-center gap-1.5 rounded-lg border border-line bg-pane px-2 py-1 text-xs">
          <FileIcon size={14} />
          <span className="max-w-40 truncate">{file.name}</span>
          {file.error ? (
            <span className="text-bad">{file.error}</span>
          ) : (
            !file.part && <span className="text-muted">{t('composer.uploading')}</span>
          )}
          <button
            type="button"
            aria-label={`${t('composer.remove')} ${file.name}`}
            onClick={() => attachments.remove(file.key)}
            className="px-1 text-muted hover:text-ink"
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}

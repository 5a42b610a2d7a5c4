import { useTranslation } from 'react-i18next';
import type { Part } from '../api/types';
import { FileIcon, PlaceIcon } from '../ui/icons';
import { LinkedText } from './linked-text';

export function PartView({ part }: { part: Part }) {
  const { t } = useTranslation();
  switch (part.kind) {
    case 'text':
      return <LinkedText text={part.text} />;
    case 'media':
      return <MediaView part={part} />;
    case 'location':
      return (
        <a
          className="flex items-center gap-1.5 text-accent underline"
          href={`https://www.openstreetmap.org/?mlat=${part.latitude}&mlon=${part.longitude}`}
          target="_blank"
          rel="noreferrer noopener"
        >
          <PlaceIcon />
          <span dir="auto">{part.name ?? part.address ?? `${part.latitude}, ${part.longitude}`}</span>
        </a>
      );
    case 'contact':
      return (
        <p dir="auto">
          <strong>{part.name}</strong> {[...part.phones, ...part.emails].join(', ')}
        </p>
      );
    case 'choice':
      return (
        <div>
          <LinkedText text={part.text} />
          <ul className="mt-1.5 flex flex-wrap gap-1.5">
            {part.options.map((option) => (
              <li key={option.id} className="rounded-full border border-line bg-pane px-2.5 py-0.5" dir="auto">
                {option.title}
              </li>
            ))}
          </ul>
        </div>
      );
    case 'chosen':
      return (
        <p className="rounded-full border border-line bg-pane px-2.5 py-0.5" dir="auto">
          {part.title}
        </p>
      );
    case 'template':
      return <p dir="auto">{[part.name, ...Object.values(part.variables)].join(' · ')}</p>;
    case 'card':
      return (
        <div className="max-w-80 overflow-hidden rounded-xl border border-line bg-pane">
          {part.image && <img src={part.image} alt="" className="max-h-40 w-full object-cover" />}
          <div className="p-2.5">
            <p className="font-medium" dir="auto">
              {part.title}
            </p>
            {part.text && <p dir="auto">{part.text}</p>}
            {part.url && /^https?:/.test(part.url) && (
              <a className="text-accent underline" href={part.url} target="_blank" rel="noreferrer noopener">
                {new URL(part.url).hostname}
              </a>
            )}
          </div>
        </div>
      );
    case 'unsupported':
      return <p className="text-muted italic">{t('thread.unsupported', { summary: part.summary })}</p>;
  }
}

function MediaView({ part }: { part: Extract<Part, { kind: 'media' }> }) {
  const caption = part.caption && <LinkedText text={part.caption} />;
  if (part.mime.startsWith('image/') && part.mime !== 'image/svg+xml')
    return (
      <figure>
        <a href={part.url} target="_blank" rel="noreferrer">
          <img src={part.url} alt={part.caption ?? part.name ?? ''} loading="lazy" className="max-h-72 rounded-xl" />
        </a>
        {caption}
      </figure>
    );
  if (part.mime.startsWith('audio/'))
    return (
      <figure>
        {/* biome-ignore lint/a11y/useMediaCaption: a buyer's voice note has no captions */}
        <audio controls preload="none" src={part.url} />
        {caption}
      </figure>
    );
  if (part.mime.startsWith('video/'))
    return (
      <figure>
        {/* biome-ignore lint/a11y/useMediaCaption: a buyer's video has no captions */}
        <video controls preload="none" src={part.url} className="max-h-72 rounded-xl" />
        {caption}
      </figure>
    );
  return (
    <div>
      <a
        href={part.url}
        download={part.name ?? ''}
        className="flex items-center gap-2 rounded-lg border border-line bg-pane px-3 py-2 hover:bg-sunken"
      >
        <FileIcon />
        <span className="truncate" dir="auto">
          {part.name ?? part.mime}
        </span>
        {part.sizeBytes !== null && <span className="text-xs text-muted">{Math.ceil(part.sizeBytes / 1024)} kB</span>}
      </a>
      {caption}
    </div>
  );
}

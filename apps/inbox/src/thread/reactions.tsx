import type { Message } from '../api/types';

/** The last reaction of each person; one taken back is none. */
export function Reactions({ reactions }: { reactions: Message['reactions'] }) {
  const latest = new Map(reactions.map((reaction) => [reaction.author.id, reaction]));
  const shown = [...latest.values()].filter((reaction) => reaction.emoji);
  if (shown.length === 0) return null;
  return (
    <p className="-mt-2 ms-2 rounded-full border border-line bg-pane px-1.5 text-sm">
      {shown.map((reaction) => (
        <span key={reaction.author.id} title={reaction.author.name ?? undefined}>
          {reaction.emoji}
        </span>
      ))}
    </p>
  );
}

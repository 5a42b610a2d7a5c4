import { Fragment } from 'react';

const LINK = /(https?:\/\/[^\s<>"'）)\]]+[^\s<>"'）)\].,;:!?。,])/g;

/** Text as it was written, with its line breaks; web addresses are links, and nothing else is markup. */
export function LinkedText({ text }: { text: string }) {
  const pieces = text.split(LINK);
  return (
    <p dir="auto" className="break-words whitespace-pre-wrap" data-text>
      {pieces.map((piece, index) =>
        index % 2 === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a text never change places
          <a key={index} href={piece} target="_blank" rel="noreferrer noopener" className="text-accent underline" dir="ltr">
            {piece}
          </a>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a text never change places
          <Fragment key={index}>{piece}</Fragment>
        ),
      )}
    </p>
  );
}

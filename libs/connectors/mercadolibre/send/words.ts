import { numberedChoice, type OutboundDraft } from '@parley/connector';
import type { MediaPart, Part } from '@parley/model';
import { linksHeldBack } from './text';

export interface Words {
  readonly text: string;
  readonly media: readonly MediaPart[];
  readonly losses: readonly string[];
}

/** All that a message says, as one text: the channel knows nothing but text and files. */
export function wordsOf({ parts }: Pick<OutboundDraft, 'parts'>): Words {
  const losses: string[] = [];
  const text = parts
    .map((part) => said(part, losses))
    .filter((piece) => piece.trim() !== '')
    .join('\n\n');
  const links = linksHeldBack(text);
  if (links.length > 0) losses.push(`Mercado Libre holds back messages that name ${links.join(', ')}.`);
  return { text, media: parts.filter((part) => part.kind === 'media'), losses };
}

function said(part: Part, losses: string[]): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'media':
      return part.caption ?? '';
    case 'choice':
      losses.push('The options are sent as numbered text.');
      return numberedChoice(part.text, part.options);
    case 'chosen':
      return part.title;
    case 'location':
      losses.push('The location is sent as text.');
      return [part.name, part.address, `${part.latitude}, ${part.longitude}`].filter(Boolean).join('\n');
    case 'contact':
      losses.push('The contact is sent as text; Mercado Libre may hold back personal data.');
      return [part.name, ...part.phones, ...part.emails].join('\n');
    case 'card':
      losses.push(part.image ? 'The card is sent as text, without its picture.' : 'The card is sent as text.');
      return [part.title, part.text, part.url].filter(Boolean).join('\n');
    case 'template':
      losses.push(`Not sent: the template ${part.name} cannot stand beside other parts.`);
      return '';
    case 'unsupported':
      losses.push(`Not sent: ${part.summary}`);
      return '';
  }
}

import { type AccountFacts, ChannelError, type OutboundDraft, type Rendering, splitText, textLength } from '@parley/connector';
import { type PackAddress, readAddress } from '../address';
import type { Settings } from '../settings';
import { FILES_MAX, fileOf } from './files';
import { guideRequest } from './guide-template';
import type { PackRequest, Request } from './request';
import { ANSWER_LENGTH_MAX, fold, MESSAGE_LENGTH_MAX, withoutTags } from './text';
import { type Words, wordsOf } from './words';

export function render(draft: OutboundDraft, _account: AccountFacts<Settings>): Rendering<Request> {
  const address = readAddress(draft.address);
  const [first] = draft.parts;
  if (first?.kind === 'template' && draft.parts.length === 1) return { requests: [guideRequest(first, address)], losses: [] };
  const words = wordsOf(draft);
  switch (address.kind) {
    case 'question':
      return answer(draft, address.questionId, words);
    case 'claim': {
      if (words.media.length > 0) throw rejected('media-unsupported', 'Files for a claim are added on the page of the claim.');
      const { claimId, receiver } = address;
      const { acceptedAt } = draft;
      return {
        requests: [{ kind: 'claim', claimId, receiver, text: someText(words.text), acceptedAt }],
        losses: words.losses,
      };
    }
    case 'pack':
      return messages(draft, address, words);
    case 'none':
      throw rejected('no-address', 'This conversation names no purchase to answer in.');
  }
}

function answer(draft: OutboundDraft, latestId: string, { text, media, losses }: Words): Rendering<Request> {
  if (media.length > 0) throw rejected('media-unsupported', 'An answer to a question takes no files.');
  const length = textLength(someText(text), 'utf16');
  if (length > ANSWER_LENGTH_MAX)
    throw rejected('too-long', `An answer may have ${ANSWER_LENGTH_MAX} characters, this one has ${length}.`);
  const [, repliedId] = /^question:(\d+)$/.exec(draft.replyTo?.externalId ?? '') ?? [];
  return {
    requests: [{ kind: 'answer', questionId: repliedId ?? latestId, text }],
    losses: [...losses, 'The answer is public: everybody can read it, and it cannot be changed.'],
  };
}

function messages(draft: OutboundDraft, address: PackAddress, words: Words): Rendering<Request> {
  const files = words.media.map(fileOf);
  if (files.length > FILES_MAX)
    throw rejected('too-many-files', `A message may carry ${FILES_MAX} files, this one has ${files.length}.`);
  if (files.length > 0 && address.to === null)
    throw rejected('media-unsupported', 'The first message to a buyer takes no files.');
  const tagless = withoutTags(words.text);
  const folded = fold(tagless);
  if (folded.refused.length > 0)
    throw rejected(
      'unsupported-characters',
      `Mercado Libre does not take the characters ${folded.refused.slice(0, 10).join(' ')}`,
    );
  const losses = [...words.losses];
  if (tagless !== words.text) losses.push('Mark-up other than links is left out.');
  if (folded.changed) losses.push('Typographic characters are replaced by plain ones, emoji are left out.');
  const pieces = splitText(folded.text, MESSAGE_LENGTH_MAX, 'utf16');
  if (pieces.length > 1 && (address.assistant || address.to === null))
    throw rejected(
      'too-long',
      `Only one message of ${MESSAGE_LENGTH_MAX} characters may be sent here, this one has ${folded.text.length}: shorten it.`,
    );
  // A message without a text might be refused; its file has a name.
  if (pieces.length === 0 && files.length > 0) pieces.push(fold(files[0]?.name ?? '').text.slice(0, MESSAGE_LENGTH_MAX) || '-');
  if (pieces.length === 0) throw rejected('nothing-to-send', 'Nothing of this message can be sent over Mercado Libre.');
  if (pieces.length > 1) losses.push(`The text is sent as ${pieces.length} messages.`);
  const { packId, to, siteId, base } = address;
  const envelope = { kind: 'message' as const, packId, base, to, siteId, acceptedAt: draft.acceptedAt };
  const requests = pieces.map(
    (text, index): PackRequest => ({ ...envelope, text, files: index === pieces.length - 1 ? files : [] }),
  );
  return { requests, losses };
}

function someText(text: string): string {
  if (text.trim()) return text;
  throw rejected('nothing-to-send', 'Nothing of this message can be sent over Mercado Libre.');
}

const rejected = (code: string, message: string): ChannelError => new ChannelError('rejected', message, { code });

import { type Capabilities, ChannelError, mediaRule, type OutboundDraft, textLength } from '@parley/connector';
import type { OutboundTranslated, Part } from '@parley/model';

/** An outbound entry whose text is settled. */
export type ReadyEntry = OutboundTranslated & { readonly outcome: Extract<OutboundTranslated['outcome'], { kind: 'ready' }> };

export const isReady = (entry: OutboundTranslated): entry is ReadyEntry => entry.outcome.kind === 'ready';

/** What the connector renders. */
export function draftOf(entry: ReadyEntry): OutboundDraft {
  const { outcome } = entry;
  return {
    messageId: entry.messageId,
    conversationId: entry.conversationId,
    attempt: entry.attempt,
    parts: outcome.parts,
    language: outcome.language,
    original: outcome.translation ? { parts: entry.parts, language: entry.language } : null,
    author: { kind: entry.author.kind, name: entry.author.name },
    address: entry.address,
    contact: { address: entry.contact.address, name: entry.contact.name },
    subject: entry.subject,
    replyTo: entry.replyTo,
    replyWindow: entry.replyWindow,
    acceptedAt: entry.acceptedAt,
  };
}

/**
 * What no rendering can mend: a text that may not be split, a template where there are none, a file larger than the
 * channel takes. Whatever a connector can say in another way is left to it.
 * @throws ChannelError `rejected`
 */
export function checkCapabilities(parts: readonly Part[], capabilities: Capabilities): void {
  for (const part of parts) {
    const problem = problemOf(part, capabilities);
    if (problem) throw new ChannelError('rejected', problem.message, { code: problem.code });
  }
}

interface Problem {
  readonly code: string;
  readonly message: string;
}

function problemOf(part: Part, { text, media, templates }: Capabilities): Problem | null {
  switch (part.kind) {
    case 'text':
      if (text.split || textLength(part.text, text.unit) <= text.maxLength) return null;
      return { code: 'text-too-long', message: `A text on this channel may have ${text.maxLength} ${text.unit} at most` };
    case 'media': {
      const rule = mediaRule(media, part.mime);
      if (!rule || part.sizeBytes === null || part.sizeBytes <= rule.maxBytes) return null;
      return { code: 'media-too-large', message: `A file of type ${part.mime} may have ${rule.maxBytes} bytes on this channel` };
    }
    case 'template':
      return templates ? null : { code: 'template-unsupported', message: 'This channel has no templates' };
    default:
      return null;
  }
}

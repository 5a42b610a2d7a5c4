import type { DeliveryError, Glossary, OutboundMessage, OutboundTranslated, Part, Translation } from '@parley/model';
import { sameLanguage, type TranslateOutcome, type TranslateRequest } from '@parley/translation';

export type ReplyOutcome = OutboundTranslated['outcome'];

/** What leaves without asking any engine; null when one is to be asked. */
export function settledAsGiven(reply: OutboundMessage): ReplyOutcome | null {
  if (reply.translation !== null) return null;
  const { targetLanguage } = reply;
  // Nobody knows yet what the buyer reads.
  if (targetLanguage === null || targetLanguage === 'und' || sameLanguage(reply.language, targetLanguage))
    return asWritten(reply, 'not-needed');
  return null;
}

export const requestFor = (reply: OutboundMessage, glossary: Glossary): TranslateRequest => ({
  merchantId: reply.merchantId,
  parts: reply.parts,
  from: reply.language,
  to: reply.targetLanguage ?? reply.language,
  direction: 'outbound',
  context: reply.context,
  glossary,
});

/** A person wrote or mended it: it leaves exactly so. The checks are told beside it and stop nothing. */
export function settledByPerson(
  reply: OutboundMessage,
  parts: Part[],
  checks: Translation['checks'],
  version: number,
): ReplyOutcome {
  const language = reply.targetLanguage ?? reply.language;
  const translation: Translation = {
    language,
    parts,
    engine: 'person',
    checks,
    editedBy: reply.author.id,
    glossaryVersion: version,
  };
  return { kind: 'ready', parts, language, translation };
}

/** Nothing half translated leaves: either every check passed, or a person said so, or it is held with the reason. */
export function settledByEngine(reply: OutboundMessage, outcome: TranslateOutcome): ReplyOutcome {
  switch (outcome.kind) {
    case 'done':
      return ready(outcome.translation);
    case 'not-needed':
    case 'no-engine':
      return asWritten(reply, outcome.kind);
    case 'unsafe':
      if (reply.released && outcome.candidate !== null) return ready(outcome.candidate);
      return held(outcome.reason, outcome.candidate);
    case 'unavailable':
      return held(outcome.reason, null);
  }
}

const ready = (translation: Translation): ReplyOutcome => ({
  kind: 'ready',
  parts: translation.parts,
  language: translation.language,
  translation,
});

const held = (error: DeliveryError, candidate: Translation | null): ReplyOutcome => ({ kind: 'held', error, candidate });

const asWritten = (reply: OutboundMessage, translationStatus: 'not-needed' | 'no-engine'): ReplyOutcome => ({
  kind: 'ready',
  parts: reply.parts,
  language: reply.language,
  translation: null,
  translationStatus,
});

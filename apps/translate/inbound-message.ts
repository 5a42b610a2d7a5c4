import { createHash } from 'node:crypto';
import { type InboundEntry, type InboundTranslated, messageId, type Part, plainText } from '@parley/model';
import {
  type Detection,
  detectInThread,
  type ThreadLanguage,
  type TranslateOutcome,
  type TranslateRequest,
} from '@parley/translation';

/** Something a buyer wrote that may need translation: a message, or the new form of one. */
export interface BuyerText {
  readonly merchantId: string;
  readonly accountId: string;
  readonly channel: string;
  readonly conversationId: string;
  readonly messageId: string;
  readonly parts: readonly Part[];
  /** Null: an edit, which does not say it. */
  readonly merchantLanguage: string | null;
  readonly hint: string | null;
  /** Set for an edit: its time and its content, by which its place among the edits is known. */
  readonly edit: { readonly at: string; readonly digest: string } | null;
}

/** Null for what is not to be translated: reactions, recalls, what the shop itself wrote elsewhere. */
export function buyerText(entry: InboundEntry): BuyerText | null {
  const { merchantId, accountId, channel, conversationId } = entry;
  const origin = { merchantId, accountId, channel, conversationId };
  switch (entry.kind) {
    case 'message': {
      if (entry.direction !== 'inbound') return null;
      const { parts, merchantLanguage } = entry;
      const hint = entry.languageHint ?? entry.contact.language ?? languageOf(entry.contact.country);
      return { ...origin, messageId: entry.messageId, parts, merchantLanguage, hint, edit: null };
    }
    case 'edit': {
      const digest = createHash('sha256').update(JSON.stringify(entry.parts)).digest('base64url').slice(0, 22);
      return {
        ...origin,
        messageId: messageId(accountId, entry.targetExternalId),
        parts: entry.parts,
        merchantLanguage: null,
        hint: null,
        edit: { at: entry.at, digest },
      };
    }
    case 'reaction':
    case 'recall':
    case 'thread':
      return null;
  }
}

/** What most people in a country write: `BR` is `pt`. Where a buyer lives says a little, what he writes says more. */
function languageOf(country: string | null): string | null {
  if (country === null || !/^[A-Z]{2}$/i.test(country)) return null;
  let language = languages.get(country);
  if (language === undefined) {
    language = new Intl.Locale(`und-${country}`).maximize().language;
    languages.set(country, language);
  }
  return language === 'und' ? null : language;
}

/** Two letters: there are not many. */
const languages = new Map<string, string>();

export interface Reading {
  readonly detection: Detection;
  readonly thread: ThreadLanguage;
}

/** Which language it is in, given what the conversation held so far. */
export const read = (text: BuyerText, thread: ThreadLanguage): Reading =>
  detectInThread(plainText(text.parts), { thread, hint: text.hint });

/** Everything needed to try again later, without the log and without the thread. */
export interface InboundJob {
  readonly origin: Pick<InboundTranslated, 'merchantId' | 'accountId' | 'channel' | 'conversationId' | 'messageId' | 'edit'>;
  readonly parts: readonly Part[];
  readonly to: string;
  readonly language: string;
  readonly languageConfidence: number;
  readonly conversationLanguage: string;
}

export function jobFor(text: BuyerText, reading: Reading, to: string, editIndex: number | undefined): InboundJob {
  const { merchantId, accountId, channel, conversationId, messageId: id } = text;
  return {
    origin: {
      merchantId,
      accountId,
      channel,
      conversationId,
      messageId: id,
      ...(editIndex === undefined ? {} : { edit: editIndex }),
    },
    parts: text.parts,
    to,
    language: reading.detection.language,
    languageConfidence: reading.detection.confidence,
    conversationLanguage: reading.thread.language,
  };
}

export const requestFor = (job: InboundJob, glossary: TranslateRequest['glossary']): TranslateRequest => ({
  merchantId: job.origin.merchantId,
  parts: job.parts,
  from: job.language,
  to: job.to,
  direction: 'inbound',
  context: [],
  glossary,
});

export function translatedEntry(job: InboundJob, outcome: TranslateOutcome, at: string): InboundTranslated {
  const { language, languageConfidence, conversationLanguage } = job;
  const found = { ...job.origin, language, languageConfidence, conversationLanguage, at };
  switch (outcome.kind) {
    case 'done':
      return { ...found, status: 'done', translation: outcome.translation, error: null };
    case 'not-needed':
    case 'no-engine':
      return { ...found, status: outcome.kind, translation: null, error: null };
    case 'unsafe':
      // An echo, a refusal, an answer: shown as a translation it would only mislead.
      return { ...found, status: 'failed', translation: null, error: outcome.reason.message };
    case 'unavailable':
      return { ...found, status: 'failed', translation: null, error: outcome.reason.message };
  }
}

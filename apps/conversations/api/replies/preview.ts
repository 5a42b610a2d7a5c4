import { Injectable } from '@nestjs/common';
import { accountFacts } from '@parley/channels';
import { ChannelError, type OutboundDraft } from '@parley/connector';
import {
  checksSchema,
  deliveryErrorSchema,
  type Part,
  partSchema,
  plainText,
  type Translation,
  translationSchema,
} from '@parley/model';
import { House } from '@parley/runtime';
import { type TranslateRequest, Translator } from '@parley/translation';
import { z } from 'zod';
import type { Thread } from '../../store';
import type { Caller } from '../call/caller';
import type { PreviewBody } from './bodies';
import { type Draft, Drafting } from './drafting';
import { authorOf } from './reply-desk';
import { policyOf, policySchema } from './reply-policy';

export const previewSchema = z.object({
  /** Language that leaves. */
  language: z.string(),
  /** What would leave: `parts` of the translation, or as written. */
  parts: z.array(partSchema),
  translation: translationSchema.nullable(),
  checks: checksSchema,
  status: z.enum(['done', 'edited', 'not-needed', 'as-written', 'no-engine', 'unsafe', 'unavailable']),
  /** Why it would be held or refused. */
  problem: deliveryErrorSchema.nullable(),
  /** In the language it was written in; null unless asked for. */
  backTranslation: z.string().nullable(),
  /** What the channel would get, one after the other. */
  requests: z.array(z.unknown()),
  /** What the buyer would not get as it was meant. */
  losses: z.array(z.string()),
  policy: policySchema,
});
export type Preview = z.infer<typeof previewSchema>;

type Leaving = Pick<Preview, 'language' | 'parts' | 'translation' | 'status' | 'problem'>;

/** The dry run of a reply: everything that would happen to it, and nothing happens. */
@Injectable()
export class Previews {
  constructor(
    private readonly house: House,
    private readonly drafting: Drafting,
    private readonly translator: Translator,
  ) {}

  async of(caller: Caller, thread: Thread, body: PreviewBody, signal: AbortSignal): Promise<Preview> {
    const draft = await this.drafting.draft(caller, thread, body);
    const { account, connector } = await this.drafting.account(thread.conversation.accountId);
    const request = await this.requestFor(caller, draft);
    const leaving = await this.leaving(draft, request, signal);
    const backTranslation = body.backTranslate ? await this.backTranslation(leaving, draft, request, signal) : null;
    const rendered = this.rendered(() =>
      connector.render(outboundDraft(caller, thread, draft, leaving), accountFacts(account, this.house.secrets)),
    );
    // What would be held leaves in no form at all.
    const silent = leaving.status === 'unavailable';
    return {
      ...leaving,
      checks: leaving.translation?.checks ?? {},
      problem: leaving.problem ?? rendered.problem,
      backTranslation,
      requests: silent ? [] : [...rendered.requests],
      losses: [...rendered.losses],
      policy: policyOf(thread.conversation.replyWindow, leaving.parts, Date.now()),
    };
  }

  private async requestFor(caller: Caller, draft: Draft): Promise<TranslateRequest> {
    return {
      merchantId: caller.merchant.id,
      parts: draft.parts,
      from: draft.language,
      to: draft.targetLanguage ?? draft.language,
      direction: 'outbound',
      context: draft.context,
      glossary: await this.house.glossaries.of(caller.merchant.id),
    };
  }

  private async leaving(draft: Draft, request: TranslateRequest, signal: AbortSignal): Promise<Leaving> {
    const written = { language: draft.language, parts: draft.parts, translation: null, problem: null };
    if (draft.translation) return this.edited(draft.translation, request);
    if (draft.targetLanguage === null) return { ...written, status: 'as-written' };
    const outcome = await this.translator.translate(request, signal);
    switch (outcome.kind) {
      case 'done':
        return { ...ofTranslation(outcome.translation), status: 'done', problem: null };
      case 'not-needed':
      case 'no-engine':
        return { ...written, status: outcome.kind };
      case 'unsafe':
        return {
          ...(outcome.candidate ? ofTranslation(outcome.candidate) : { ...written, language: request.to }),
          status: 'unsafe',
          problem: outcome.reason,
        };
      case 'unavailable':
        return { ...written, language: request.to, status: 'unavailable', problem: outcome.reason };
    }
  }

  /** A person's translation leaves as it is; the checks still tell what is missing in it. */
  private edited(parts: Part[], request: TranslateRequest): Leaving {
    const checks = this.translator.check(request.parts, parts, request);
    const translation: Translation = { language: request.to, parts, engine: 'person', checks, editedBy: null };
    return { ...ofTranslation(translation), status: 'edited', problem: null };
  }

  private async backTranslation(
    leaving: Leaving,
    draft: Draft,
    request: TranslateRequest,
    signal: AbortSignal,
  ): Promise<string | null> {
    if (!leaving.translation) return null;
    const back = await this.translator.translate(
      { ...request, parts: leaving.translation.parts, from: leaving.language, to: draft.language, direction: 'inbound' },
      signal,
    );
    return back.kind === 'done' ? plainText(back.translation.parts) : null;
  }

  private rendered(render: () => { requests: readonly unknown[]; losses: readonly string[] }) {
    try {
      return { ...render(), problem: null };
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      return { requests: [], losses: [], problem: { code: error.code, message: error.message, retryable: false } };
    }
  }
}

const ofTranslation = (translation: Translation) => ({ language: translation.language, parts: translation.parts, translation });

function outboundDraft(caller: Caller, thread: Thread, draft: Draft, leaving: Leaving): OutboundDraft {
  const { conversation, contact, address } = thread;
  const author = authorOf(caller);
  return {
    messageId: 'msg_preview',
    conversationId: conversation.id,
    attempt: 1,
    parts: leaving.parts,
    language: leaving.language,
    original: leaving.translation ? { parts: draft.parts, language: draft.language } : null,
    author: { kind: author.kind, name: author.name },
    address,
    contact: { address: contact.address, name: contact.name },
    subject: conversation.subject,
    replyTo: draft.replyTo,
    replyWindow: conversation.replyWindow,
    acceptedAt: new Date().toISOString(),
  };
}

import { Injectable } from '@nestjs/common';
import { connectorFor } from '@parley/channels';
import type { Connector } from '@parley/connector';
import type { MediaPart, OutboundMessage, Part } from '@parley/model';
import { type Account, House, mediaIdOf, mediaPath, ProblemError, type ProblemItem } from '@parley/runtime';
import { externalIdsOf, getMessage, latestTurns, type Thread } from '../../store';
import type { Caller } from '../call/caller';
import type { PartInput } from './bodies';

/** What a body says that is to be said: the fields a reply, its preview and a first message have in common. */
export interface Said {
  readonly text?: string;
  readonly parts?: readonly PartInput[];
  readonly template?: Omit<Extract<Part, { kind: 'template' }>, 'kind'>;
  readonly language?: string;
  readonly translate: boolean;
  readonly translation?: string | readonly PartInput[];
  readonly replyTo?: string | null;
}

/** The same, looked up and made whole. */
export interface Draft {
  readonly parts: Part[];
  readonly language: string;
  readonly targetLanguage: string | null;
  readonly translation: Part[] | null;
  readonly replyTo: OutboundMessage['replyTo'];
  readonly context: OutboundMessage['context'];
}

const TURNS = 6;

/** Turns what a caller wants said into what the log carries. */
@Injectable()
export class Drafting {
  constructor(private readonly house: House) {}

  /** @throws ProblemError 422 with everything that cannot be said so. */
  async draft(caller: Caller, thread: Thread, said: Said): Promise<Draft> {
    const merchantId = caller.merchant.id;
    const parts = await this.partsOf(merchantId, said, '/parts');
    const { conversation } = thread;
    const translation = await this.translationOf(merchantId, parts, said.translation);
    const [replyTo, context] = await this.house.database.transaction(merchantId, async (client) => [
      await this.replyTo(client, thread, said.replyTo ?? null),
      await latestTurns(client, merchantId, conversation.id, TURNS),
    ]);
    const target = conversation.language === 'und' ? null : conversation.language;
    return {
      parts,
      language: said.language ?? caller.merchant.language,
      targetLanguage: said.translate || translation ? target : null,
      translation,
      replyTo,
      context,
    };
  }

  async partsOf(merchantId: string, said: Pick<Said, 'text' | 'parts' | 'template'>, pointer: string): Promise<Part[]> {
    if (said.text !== undefined) return [{ kind: 'text', text: said.text }];
    if (said.template !== undefined) return [{ kind: 'template', ...said.template }];
    return this.whole(merchantId, said.parts ?? [], pointer);
  }

  /** A text edited by a person stands for all that is text; files and the like go along. */
  async translationOf(merchantId: string, parts: readonly Part[], given: Said['translation']): Promise<Part[] | null> {
    if (given === undefined) return null;
    if (typeof given !== 'string') return this.whole(merchantId, given, '/translation');
    return [{ kind: 'text', text: given }, ...parts.filter((part) => part.kind !== 'text')];
  }

  private async whole(merchantId: string, given: readonly PartInput[], pointer: string): Promise<Part[]> {
    const problems: ProblemItem[] = [];
    const parts = await Promise.all(
      given.map(async (part, index): Promise<Part | null> => {
        if (part.kind !== 'media') return part;
        const media = await this.media(merchantId, part);
        if (!media)
          problems.push({
            pointer: `${pointer}/${index}/url`,
            detail: 'There is no such file. Upload it first: POST /v1/media.',
            code: 'unknown-media',
          });
        return media;
      }),
    );
    if (problems.length > 0)
      throw new ProblemError(422, 'unknown-media', 'A file of this message is not there.', { errors: problems });
    return parts.filter((part) => part !== null);
  }

  private async media(merchantId: string, part: Extract<PartInput, { kind: 'media' }>): Promise<MediaPart | null> {
    const id = mediaIdOf(part.url);
    const info = id && (await this.house.media.info(merchantId, id));
    if (!id || !info) return null;
    const { durationMs, width, height } = part;
    return {
      kind: 'media',
      mime: info.mime,
      url: mediaPath(id),
      name: part.name ?? info.name,
      sizeBytes: info.sizeBytes,
      caption: part.caption ?? null,
      ...(durationMs === undefined ? {} : { durationMs }),
      ...(width === undefined ? {} : { width }),
      ...(height === undefined ? {} : { height }),
    };
  }

  private async replyTo(
    client: Parameters<typeof getMessage>[0],
    thread: Thread,
    id: string | null,
  ): Promise<OutboundMessage['replyTo']> {
    if (id === null) return null;
    const message = await getMessage(client, thread.merchantId, id);
    if (message?.conversationId !== thread.conversation.id || message.note) {
      throw unprocessable('/replyTo', 'unknown-message', 'There is no such message in this conversation.');
    }
    const externalId = message.externalId ?? (await externalIdsOf(client, thread.merchantId, id))[0];
    if (externalId) return { messageId: id, externalId };
    throw unprocessable('/replyTo', 'not-sent-yet', 'The channel does not know this message yet: it cannot be answered there.');
  }

  /** The account that a conversation runs over. @throws ProblemError 409 when it is gone. */
  async account(accountId: string): Promise<{ account: Account; connector: Connector }> {
    const account = await this.house.accounts.get(accountId);
    const connector = account && connectorFor(account.channel);
    if (account && connector) return { account, connector };
    throw new ProblemError(409, 'account-gone', 'The account of this conversation is no longer connected.');
  }
}

export const unprocessable = (pointer: string, code: string, detail: string): ProblemError =>
  new ProblemError(422, code, detail, { errors: [{ pointer, detail, code }] });

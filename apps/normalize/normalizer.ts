import type { ChannelEvent, Connector, DraftPart, RawItemContent } from '@parley/connector';
import { ParleyError, type Part, type RawContent, type RawInbound } from '@parley/model';
import type { Account, House } from '@parley/runtime';
import type { Channels } from './channels';
import { type Outcome, receiptOutcome, threadOutcome } from './entries';
import type { MediaHosting } from './media-hosting';
import { fromStore } from './media-store-away';
import type { Threads } from './threads';

/** Parsers keep their own, shorter limits; this one is for those that do not. */
const NORMALIZE_MS_MAX = 30_000;

/** This item, and it alone, cannot be understood: it is to be parked with its bytes. */
export class UnreadableItemError extends ParleyError {
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}

/** What one raw item says, in the house's own words. */
export class Normalizer {
  constructor(
    private readonly house: House,
    private readonly channels: Channels,
    private readonly threads: Threads,
    private readonly media: MediaHosting,
  ) {}

  /** In the order of the events. @throws UnreadableItemError; whatever else is thrown is not the item's fault. */
  async outcomesOf(raw: RawInbound, signal: AbortSignal): Promise<Outcome[]> {
    const { account, connector } = await this.ownerOf(raw);
    const events = await this.eventsOf(raw, account, connector);
    const seen = new Map<string, number>();
    const outcomes: Outcome[] = [];
    for (const [index, event] of events.entries()) {
      outcomes.push(await this.outcomeOf(raw, event, index, seen, account, connector, signal));
    }
    return outcomes;
  }

  private async ownerOf(raw: RawInbound): Promise<{ account: Account; connector: Connector }> {
    const account = await this.house.accounts.get(raw.accountId);
    if (!account) throw new UnreadableItemError('account-gone', 'The account this item came to is gone');
    const connector = this.channels.connectorFor(account.channel);
    if (!connector) throw new UnreadableItemError('unknown-channel', `There is no connector for the channel ${account.channel}`);
    return { account, connector };
  }

  private async eventsOf(raw: RawInbound, account: Account, connector: Connector): Promise<readonly ChannelEvent[]> {
    const content = await this.contentOf(raw);
    try {
      return await withinTime(connector.normalize(content, this.channels.factsOf(account)));
    } catch (cause) {
      if (cause instanceof UnreadableItemError) throw cause;
      throw new UnreadableItemError('not-understood', reasonOf(cause), { cause });
    }
  }

  private async contentOf({ content, merchantId }: RawInbound): Promise<RawItemContent> {
    switch (content.encoding) {
      case 'json':
        return { json: content.value };
      case 'base64':
        return { bytes: Buffer.from(content.value, 'base64') };
      case 'blob':
        return this.blob(merchantId, content);
    }
  }

  private async blob(merchantId: string, content: Extract<RawContent, { encoding: 'blob' }>): Promise<RawItemContent> {
    const stored = await fromStore(this.house.media.read(merchantId, content.ref));
    if (!stored) throw new UnreadableItemError('blob-gone', `The content of this item (${content.ref}) is not in the store`);
    if (content.form === 'bytes') return { bytes: stored.bytes };
    return { json: JSON.parse(Buffer.from(stored.bytes).toString('utf8')) as unknown };
  }

  private async outcomeOf(
    raw: RawInbound,
    event: ChannelEvent,
    index: number,
    seen: Map<string, number>,
    account: Account,
    connector: Connector,
    signal: AbortSignal,
  ): Promise<Outcome> {
    if (event.kind === 'receipt') return judged(() => receiptOutcome(raw, event));
    const conversationId = await this.threads.conversationOf(account, event.thread);
    const parts = 'parts' in event ? await this.partsOf(event.parts, `${raw.id}/${index}`, account, connector, signal) : [];
    const part = event.kind === 'message' ? (seen.get(event.externalId) ?? 0) : 0;
    if (event.kind === 'message') seen.set(event.externalId, part + 1);
    return judged(() => threadOutcome(raw, event, { conversationId, parts, part }, connector.capabilities));
  }

  private async partsOf(
    drafts: readonly DraftPart[],
    source: string,
    account: Account,
    connector: Connector,
    signal: AbortSignal,
  ): Promise<Part[]> {
    const parts = await Promise.all(
      drafts.map(async (draft, index) =>
        isMedia(draft) ? this.media.host(account, connector, draft, `${source}/${index}`, signal) : [draft],
      ),
    );
    return parts.flat();
  }
}

const isMedia = (draft: DraftPart): draft is Extract<DraftPart, { kind: 'media' }> => draft.kind === 'media';

/** A connector that makes what is no entry has not understood the item. */
function judged<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new UnreadableItemError('not-understood', reasonOf(cause), { cause });
  }
}

async function withinTime<T>(work: T | Promise<T>): Promise<T> {
  if (!(work instanceof Promise)) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new UnreadableItemError('too-slow', `Understanding this item took longer than ${NORMALIZE_MS_MAX} ms`)),
      NORMALIZE_MS_MAX,
    );
  });
  work.catch(() => undefined);
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const PROBLEMS_MAX = 5;

/** Where and what, without the customer's words: a parser may quote what it stumbled over. */
function reasonOf(cause: unknown): string {
  const issues = (cause as { issues?: readonly { path: readonly PropertyKey[]; message: string }[] }).issues;
  if (Array.isArray(issues)) {
    const said = issues.slice(0, PROBLEMS_MAX).map(({ path, message }) => `/${path.map(String).join('/')}: ${message}`);
    return `It does not have the expected shape: ${said.join('; ')}`;
  }
  return cause instanceof Error ? `${cause.name}: ${cause.message}`.slice(0, 500) : 'The connector threw what is no error';
}

import { inspect } from 'node:util';
import type { Connector, Notice, RawItem, RawItemContent } from '@parley/connector';
import { appendEntries, LogUnavailableError, type NewEntry } from '@parley/event-log';
import { noticeId, type RawContent, rawId } from '@parley/model';
import { type Account, type House, inSpan, SpanKind, type StepSignals, stepSignals } from '@parley/runtime';
import { Counter } from 'prom-client';
import type { Channels } from './channels';

/** Larger items lie in the media store: the log carries many small things, not a few big ones. */
export const BLOB_BYTES_MIN = 256 * 1024;

/** Which way things came in, for metrics. */
export type Way = 'webhook' | 'poll' | 'stream' | 'notice';

/** Appends what channels said, as they said it. What these resolve for is stored. */
export class Intake {
  private readonly items: Counter;
  private readonly signals: StepSignals;
  private routes: Promise<ReadonlyMap<string, Account>> | undefined;

  constructor(
    private readonly house: House,
    private readonly channels: Channels,
  ) {
    house.accounts.onChange(() => {
      this.routes = undefined;
    });
    this.signals = stepSignals(house.metrics);
    this.items = new Counter({
      name: 'parley_ingest_items_total',
      help: 'Items taken in, by channel and way',
      labelNames: ['channel', 'way'],
      registers: [house.metrics],
    });
  }

  /** In one append. `wholeBody`: what the items were read from, kept in place of one that cannot be written as JSON. */
  async append(account: Account, items: readonly RawItem[], way: Way, wholeBody?: Uint8Array): Promise<void> {
    if (items.length === 0) return;
    const startedAt = performance.now();
    const receivedAt = new Date().toISOString();
    await inSpan('ingest items', spanOf(account, way, items.length), async () => {
      const entries = await Promise.all(items.map((item) => this.entryOf(account, item, receivedAt, wholeBody)));
      await appendEntries(this.house.eventLog, 'inbound.raw', entries);
    });
    this.items.inc({ channel: account.channel, way }, items.length);
    this.signals.handled('ingest', account.id, items.length);
    this.signals.took('ingest', account.id, (performance.now() - startedAt) / 1_000);
  }

  async appendNotices(account: Account, notices: readonly Notice[]): Promise<void> {
    if (notices.length === 0) return;
    await inSpan('ingest notices', spanOf(account, 'webhook', notices.length), () => this.noteAll(account, notices));
  }

  private async noteAll(account: Account, notices: readonly Notice[]): Promise<void> {
    const receivedAt = new Date().toISOString();
    const entries = await Promise.all(
      notices.map(async ({ dedupeKey, routeKey, data }): Promise<NewEntry<'inbound.notice'>> => {
        const owner = routeKey === undefined ? account : await this.ownerOf(account, routeKey);
        const { id: accountId, merchantId, channel } = owner;
        return {
          key: accountId,
          entry: { merchantId, accountId, channel, id: noticeId(accountId, dedupeKey), receivedAt, data },
        };
      }),
    );
    await appendEntries(this.house.eventLog, 'inbound.notice', entries);
  }

  private async entryOf(
    account: Account,
    item: RawItem,
    receivedAt: string,
    wholeBody: Uint8Array | undefined,
  ): Promise<NewEntry<'inbound.raw'>> {
    const owner = item.routeKey === undefined ? account : await this.ownerOf(account, item.routeKey);
    const { id: accountId, merchantId, channel, merchantLanguage } = owner;
    const content = await this.store(owner, item, encode(item.content, wholeBody));
    const id = rawId(accountId, item.dedupeKey);
    return {
      key: `${accountId}/${item.orderKey ?? ''}`,
      entry: { merchantId, accountId, channel, id, merchantLanguage, receivedAt, content },
    };
  }

  /** Another account of the merchant on the same callback. One nobody knows is not dropped: it stays with this account. */
  private async ownerOf(account: Account, routeKey: string): Promise<Account> {
    const connector = this.channels.connectorFor(account.channel);
    if (this.routeKeyOf(connector, account) === routeKey) return account;
    this.routes ??= this.readRoutes();
    return (await this.routes).get(routeName(account, routeKey)) ?? account;
  }

  private async readRoutes(): Promise<ReadonlyMap<string, Account>> {
    const routes = new Map<string, Account>();
    for (const account of await this.house.accounts.list()) {
      const routeKey = this.routeKeyOf(this.channels.connectorFor(account.channel), account);
      if (routeKey === undefined) continue;
      const name = routeName(account, routeKey);
      const known = routes.get(name);
      if (!known || goesBefore(account, known)) routes.set(name, account);
    }
    return routes;
  }

  private routeKeyOf(connector: Connector | undefined, account: Account): string | undefined {
    try {
      return connector?.routeKey?.(this.channels.factsOf(account).settings);
    } catch {
      // Settings that need attention: its items stay with the account they came to.
      return undefined;
    }
  }

  private async store(account: Account, item: RawItem, encoded: Encoded): Promise<RawContent> {
    if (encoded.bytes.byteLength < BLOB_BYTES_MIN) return encoded.inline();
    const file = {
      merchantId: account.merchantId,
      source: `raw/${account.id}/${item.dedupeKey}`,
      bytes: encoded.bytes,
      mime: encoded.form === 'json' ? 'application/json' : 'application/octet-stream',
      name: null,
    };
    const stored = await this.house.media.put(file).catch((cause) => {
      // To the channel it is all one: what came could not be kept, it is to come again.
      throw new LogUnavailableError('A large item could not be put into the media store', { cause });
    });
    return { encoding: 'blob', ref: stored.id, sizeBytes: encoded.bytes.byteLength, form: encoded.form };
  }
}

/** Mailboxes and polls have no request in which the trace of a message could begin: it begins here. */
const spanOf = ({ id, merchantId, channel }: Account, way: Way, items: number) => ({
  kind: SpanKind.PRODUCER,
  root: true,
  attributes: {
    'parley.merchant_id': merchantId,
    'parley.account_id': id,
    'parley.channel': channel,
    'parley.way': way,
    'parley.items': items,
  },
});

/** Of accounts with one route key: an active one, then always the same. */
const goesBefore = (a: Account, b: Account): boolean =>
  a.state === b.state ? a.id < b.id : a.state === 'active' && b.state !== 'active';

const routeName = ({ merchantId, channel }: Account, routeKey: string): string => JSON.stringify([merchantId, channel, routeKey]);

interface Encoded {
  readonly bytes: Uint8Array;
  readonly form: 'json' | 'bytes';
  inline(): RawContent;
}

function encode(content: RawItemContent, wholeBody: Uint8Array | undefined): Encoded {
  if ('bytes' in content) return encodedBytes(content.bytes);
  try {
    const value = content.json ?? null;
    const bytes = Buffer.from(JSON.stringify(value), 'utf8');
    return { bytes, form: 'json', inline: () => ({ encoding: 'json', value }) };
  } catch {
    // Nested deeper than can be written. It is parked later, with all that came.
    return encodedBytes(wholeBody ?? Buffer.from(inspect(content.json, { depth: 50 })));
  }
}

const encodedBytes = (bytes: Uint8Array): Encoded => ({
  bytes,
  form: 'bytes',
  inline: () => ({ encoding: 'base64', value: Buffer.from(bytes).toString('base64') }),
});

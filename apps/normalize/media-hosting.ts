import { setTimeout as pause } from 'node:timers/promises';
import { ChannelError, type Connector, type DownloadedMedia, type DraftMedia } from '@parley/connector';
import { mediaId, type Part } from '@parley/model';
import { type Account, type House, isTransient, type Logger, type MediaInfo, mediaPath } from '@parley/runtime';
import type { Channels } from './channels';
import { fromStore } from './media-store-away';

/** Downloads of this process at once: each may hold a large file in memory. */
const DOWNLOADS_MAX = 6;
const FILE_BYTES_MAX = 100 * 1024 * 1024;
/** One file, all tries together: its conversation waits for it. */
const FILE_MS_MAX = 40_000;
const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 5_000;
/** An account whose files could not be had is given little time for the next ones: others wait behind it. */
const WEARY_MS = 60_000;
const WEARY_FILE_MS_MAX = 3_000;

export interface MediaHostingOptions {
  readonly fileMs?: number;
}

/**
 * Brings files of messages into our own store, because channels forget them. A file that cannot be had becomes a part
 * that names it; the words that came with it stay.
 */
export class MediaHosting {
  private readonly log: Logger;
  private readonly wearyUntil = new Map<string, number>();
  private readonly queue: (() => void)[] = [];
  private running = 0;

  constructor(
    private readonly house: House,
    private readonly channels: Channels,
    private readonly options: MediaHostingOptions = {},
  ) {
    this.log = house.log.child({ app: 'normalize' });
  }

  /** `source` names bytes that came with the message. The same file again lands on the first. */
  async host(account: Account, connector: Connector, draft: DraftMedia, source: string, signal: AbortSignal): Promise<Part[]> {
    const { content } = draft;
    if ('bytes' in content) {
      return [partOf(draft, await this.store(account, draft, `part/${account.id}/${source}`, content.bytes))];
    }
    const key = `channel/${account.id}/${content.key}`;
    const known = await fromStore(this.house.media.info(account.merchantId, mediaId(account.merchantId, key)));
    if (known) return [partOf(draft, known)];
    try {
      const file = await this.download(account, connector, content.ref, signal);
      const named = { ...draft, mime: file.mime || draft.mime, name: draft.name ?? file.name };
      return [partOf(named, await this.store(account, named, key, file.bytes))];
    } catch (error) {
      if (signal.aborted || !(error instanceof ChannelError)) throw error;
      this.log.warn({ err: error, accountId: account.id, fault: error.fault, code: error.code }, 'A file could not be fetched');
      return missing(draft);
    }
  }

  private store(account: Account, draft: DraftMedia, source: string, bytes: Uint8Array): Promise<MediaInfo> {
    const { mime, name = null } = draft;
    return fromStore(this.house.media.put({ merchantId: account.merchantId, source, bytes, mime, name }));
  }

  /** @throws ChannelError when it cannot be had, now or ever. */
  private async download(account: Account, connector: Connector, ref: unknown, signal: AbortSignal): Promise<DownloadedMedia> {
    const isWeary = (this.wearyUntil.get(account.id) ?? 0) > Date.now();
    const fileMs = isWeary ? WEARY_FILE_MS_MAX : (this.options.fileMs ?? FILE_MS_MAX);
    await this.turn();
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(fileMs)]);
      const file = await this.tryOften(account, connector, ref, limited);
      this.wearyUntil.delete(account.id);
      return file;
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof ChannelError && error.fault !== 'rejected') this.wearyUntil.set(account.id, Date.now() + WEARY_MS);
      throw error;
    } finally {
      this.running -= 1;
      this.queue.shift()?.();
    }
  }

  private async tryOften(account: Account, connector: Connector, ref: unknown, signal: AbortSignal): Promise<DownloadedMedia> {
    for (let failures = 0; ; failures += 1) {
      const fault = await this.tryOnce(account, connector, ref, signal);
      if (!(fault instanceof ChannelError)) return fault;
      const worthIt = fault.fault === 'unavailable' || fault.fault === 'throttled' || fault.fault === 'uncertain';
      if (!worthIt || signal.aborted) throw fault;
      const waitMs = fault.retryAfterMs ?? Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** failures);
      await pause(waitMs, undefined, { signal, ref: false }).catch(() => {
        throw fault;
      });
    }
  }

  private async tryOnce(
    account: Account,
    connector: Connector,
    ref: unknown,
    signal: AbortSignal,
  ): Promise<DownloadedMedia | ChannelError> {
    if (!connector.downloadMedia) return new ChannelError('rejected', 'This channel has no files to fetch');
    try {
      const file = await withinTime(connector.downloadMedia(ref, this.channels.contextFor(account, signal)), signal);
      if (file.bytes.byteLength <= FILE_BYTES_MAX) return file;
      return new ChannelError('rejected', `The file has more than ${FILE_BYTES_MAX} bytes`, { code: 'file-too-large' });
    } catch (error) {
      if (error instanceof ChannelError) return error;
      // Our own database, not the channel: the whole batch waits for it.
      if (isTransient(error)) throw error;
      return new ChannelError('rejected', 'The file could not be read', { code: 'unexpected', cause: error });
    }
  }

  private async turn(): Promise<void> {
    if (this.running >= DOWNLOADS_MAX) await new Promise<void>((resolve) => this.queue.push(resolve));
    this.running += 1;
  }
}

function partOf(draft: DraftMedia, stored: MediaInfo): Part {
  const { caption = null, durationMs, width, height } = draft;
  return {
    kind: 'media',
    mime: stored.mime,
    url: mediaPath(stored.id),
    name: draft.name ?? stored.name,
    sizeBytes: stored.sizeBytes,
    caption,
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(width ? { width } : {}),
    ...(height ? { height } : {}),
  };
}

function missing({ mime, name, caption }: DraftMedia): Part[] {
  const summary = name ? `A file that could not be fetched: ${name}` : `A file that could not be fetched (${mime})`;
  return [
    { kind: 'unsupported', summary, rawType: `media/${mime}` },
    ...(caption ? [{ kind: 'text' as const, text: caption }] : []),
  ];
}

/** A connector that does not keep to its signal is left behind. */
async function withinTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {};
  const late = new Promise<never>((_, reject) => {
    onAbort = () => reject(new ChannelError('unavailable', 'The file did not come in time', { code: 'timeout' }));
  });
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

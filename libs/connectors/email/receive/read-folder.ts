import type { CursorContext, RawItem } from '@parley/connector';
import type { FetchMessageObject, ImapFlow } from 'imapflow';
import type { EmailSettings } from '../settings';
import { type FolderCursor, type MailboxCursor, startFrom } from './cursor';
import { fetchMail } from './fetch-mail';
import { imapError } from './imap-client';

const BATCH_ITEMS = 25;
const BATCH_BYTES = 8 * 1_048_576;
const METAS_AT_ONCE = 200;

export interface Folder {
  readonly path: string;
  readonly firstTime: 'recent' | 'from-now';
  /** What is to be taken of it; all when left out. */
  readonly wants?: (bytes: Uint8Array) => boolean;
}

/**
 * Reads what is new in a folder, oldest first, and leaves it open. The cursor moves only over what the log has: a crash
 * in between gives a mail twice, which its content tells, never a mail less.
 */
export async function readFolder(
  client: ImapFlow,
  folder: Folder,
  cursor: MailboxCursor,
  context: CursorContext<EmailSettings>,
): Promise<MailboxCursor> {
  const opened = await asked(client.mailboxOpen(folder.path, { readOnly: true }));
  const known = cursor.folders[folder.path];
  let at = startFrom(known, opened, context.now(), folder.firstTime);
  let current = cursor;
  const save = async (next: FolderCursor) => {
    at = next;
    current = { folders: { ...current.folders, [folder.path]: next } };
    await context.saveCursor(current);
  };
  if (at !== known) {
    if (known)
      context.log.warn('The mailbox was numbered anew; mail is read again and what is known is recognised', {
        uidValidity: at.uidValidity,
      });
    await save(at);
  }

  const uids = await newUids(client, at);
  for (let i = 0; i < uids.length; i += METAS_AT_ONCE) {
    const metas = await asked(
      client.fetchAll(uids.slice(i, i + METAS_AT_ONCE).join(','), { uid: true, size: true, internalDate: true }, { uid: true }),
    );
    for (const batch of batches(metas.sort((a, b) => a.uid - b.uid))) {
      if (context.signal.aborted) return current;
      const items: RawItem[] = [];
      for (const meta of batch) {
        const item = await asked(fetchMail(client, meta, `${folder.path}:${at.uidValidity}`));
        if (item && (!folder.wants || !('bytes' in item.content) || folder.wants(item.content.bytes))) items.push(item);
      }
      if (items.length) await context.append(items);
      await save({ ...at, lastUid: batch.at(-1)?.uid ?? at.lastUid });
    }
  }
  if (uids.length > 0 || at.since !== null || at.caughtUpAt === null || context.now() - Date.parse(at.caughtUpAt) > CAUGHT_UP_MS)
    await save({
      ...at,
      lastUid: Math.max(at.lastUid, uids.at(-1) ?? 0, (opened.uidNext ?? 1) - 1),
      since: null,
      caughtUpAt: new Date(context.now()).toISOString(),
    });
  return current;
}

/** The time of the last catch-up is kept to the hour: it need not be written with every look. */
const CAUGHT_UP_MS = 3_600_000;

async function newUids(client: ImapFlow, { lastUid, since }: FolderCursor): Promise<number[]> {
  const found = await asked(
    client.search({ uid: `${lastUid + 1}:*`, ...(since ? { since: new Date(since) } : {}) }, { uid: true }),
  );
  // `n:*` names the newest mail also when n is above it.
  return Array.isArray(found) ? found.filter((uid) => uid > lastUid).sort((a, b) => a - b) : [];
}

function* batches(metas: readonly FetchMessageObject[]): Generator<FetchMessageObject[]> {
  let batch: FetchMessageObject[] = [];
  let bytes = 0;
  for (const meta of metas) {
    if (batch.length >= BATCH_ITEMS || (batch.length > 0 && bytes + (meta.size ?? 0) > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(meta);
    bytes += meta.size ?? 0;
  }
  if (batch.length) yield batch;
}

/** Errors of the mailbox are told apart from those of the log, which are not ours to handle. */
export async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw imapError(error);
  }
}

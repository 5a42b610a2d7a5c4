import { z } from 'zod';

/**
 * How far a folder has been read. UIDs count only under the UIDVALIDITY they were seen with; when it changes, mail since
 * shortly before the last full catch-up is read again, and what is known is recognised by its content.
 */
export const folderCursorSchema = z.object({
  /** 64 bits, hence a string. */
  uidValidity: z.string(),
  lastUid: z.number().int().nonnegative(),
  /** While set, only mail that came since then is read: the folder is being read for the first time, or again. */
  since: z.string().nullable().default(null),
  /** When the folder was last read to its end. */
  caughtUpAt: z.string().nullable().default(null),
});
export type FolderCursor = z.infer<typeof folderCursorSchema>;

const cursorSchema = z.object({ folders: z.record(z.string(), folderCursorSchema) });
export type MailboxCursor = z.infer<typeof cursorSchema>;

/** A cursor that cannot be read is as good as none: reading again costs time, not mail. */
export const readCursor = (saved: unknown): MailboxCursor => cursorSchema.safeParse(saved).data ?? { folders: {} };

const DAY_MS = 86_400_000;
/** A new account brings the last days, not the years before. */
const FIRST_DAYS = 2;
const AGAIN_DAYS = 14;

/** Where to go on in a folder that was just opened. */
export function startFrom(
  known: FolderCursor | undefined,
  opened: { uidValidity: bigint; uidNext: number },
  nowMs: number,
  firstTime: 'recent' | 'from-now',
): FolderCursor {
  const uidValidity = String(opened.uidValidity);
  if (known?.uidValidity === uidValidity) return known;
  const daysBefore = (ms: number, days: number) => new Date(ms - days * DAY_MS).toISOString();
  if (known) {
    const base = known.caughtUpAt ?? known.since;
    return {
      uidValidity,
      lastUid: 0,
      since: daysBefore(base ? Date.parse(base) : nowMs, AGAIN_DAYS),
      caughtUpAt: known.caughtUpAt,
    };
  }
  if (firstTime === 'from-now') return { uidValidity, lastUid: Math.max(0, opened.uidNext - 1), since: null, caughtUpAt: null };
  return { uidValidity, lastUid: 0, since: daysBefore(nowMs, FIRST_DAYS), caughtUpAt: null };
}

import { createHash } from 'node:crypto';
import type { DeadLetter } from '@parley/model';
import type { StoredRecord } from '../port';

const REASON_LENGTH_MAX = 1_000;
const PROBLEMS_MAX = 5;

/** What is left of a record that could not be handled. The same record given up again by the same app gets the same id. */
export function deadLetterFor(
  place: { readonly topic: string; readonly partition: number; readonly app: string },
  record: StoredRecord,
  error: unknown,
  atMs: number,
): DeadLetter {
  const { topic, partition, app } = place;
  const source = [app, topic, partition, record.offset, record.appendedAt].join('\n');
  return {
    id: `ded_${createHash('sha256').update(source).digest('hex').slice(0, 26)}`,
    ...ownerOf(record.value),
    topic,
    partition,
    offset: String(record.offset),
    key: record.key,
    headers: { ...record.headers },
    value: Buffer.from(record.value).toString('base64'),
    app,
    reason: reasonOf(error),
    at: new Date(atMs).toISOString(),
  };
}

/** Whose it is, as far as broken bytes still tell. */
function ownerOf(value: Uint8Array): Pick<DeadLetter, 'merchantId' | 'accountId'> {
  const unknown = { merchantId: null, accountId: null };
  try {
    const entry: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
    if (typeof entry !== 'object' || entry === null) return unknown;
    const { merchantId, accountId } = entry as Record<string, unknown>;
    return { merchantId: textOrNull(merchantId), accountId: textOrNull(accountId) };
  } catch {
    return unknown;
  }
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** For the person who looks at it: what kind of failure, where. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'The handler threw something that is not an error';
  const issues = (error as { issues?: readonly { path: readonly unknown[]; message: string }[] }).issues;
  const said = Array.isArray(issues)
    ? issues
        .slice(0, PROBLEMS_MAX)
        .map((issue) => `/${issue.path.join('/')}: ${issue.message}`)
        .join('; ')
    : error.message;
  const code = (error as { code?: unknown }).code;
  const kind = typeof code === 'string' ? `${error.name} ${code}` : error.name;
  return `${kind}: ${said}`.slice(0, REASON_LENGTH_MAX);
}

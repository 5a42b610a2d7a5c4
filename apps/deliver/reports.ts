import type { SendResult } from '@parley/connector';
import { appendEntries, type EventLog, type NewEntry, type TraceHeaders } from '@parley/event-log';
import type { DeliveryEntry, DeliveryError, DeliveryState } from '@parley/model';
import type { ReadyEntry } from './draft';
import type { EndedJob, Job, JobKey } from './jobs';

type Topic = 'outbound.delivery';
type Place = Pick<Job, 'merchantId' | 'accountId' | 'channel' | 'conversationId' | 'messageId' | 'attempt'>;

/** What became of replies, told to the topic `outbound.delivery`. Saying it twice changes nothing there. */
export class Reports {
  constructor(private readonly log: EventLog) {}

  queued(entries: readonly (ReadyEntry & { readonly trace?: TraceHeaders })[]): Promise<void> {
    const at = new Date().toISOString();
    return this.append(entries.map((entry) => ({ ...stateEntry(entry, 'queued', at), headers: entry.trace })));
  }

  sending(job: Job): Promise<void> {
    return this.append([stateEntry(job, 'sending', new Date().toISOString())]);
  }

  ended(jobs: readonly EndedJob[]): Promise<void> {
    return this.append(jobs.map((job) => stateEntry(job, job.outcome, job.at, job.error, job.externalIds)));
  }

  /** What the channel knew at once, beyond that it has the message. */
  receipts(job: Job, results: readonly SendResult[]): Promise<void> {
    const at = new Date().toISOString();
    const told = results.filter((result) => result.state !== undefined && result.state !== 'sent');
    return this.append(told.map((result) => receiptEntry(job, result, at)));
  }

  private append(entries: readonly NewEntry<Topic>[]): Promise<void> {
    return appendEntries(this.log, 'outbound.delivery', entries);
  }
}

function stateEntry(
  place: Place,
  state: DeliveryState,
  at: string,
  error: DeliveryError | null = null,
  externalIds: readonly string[] = [],
): NewEntry<Topic> {
  const { merchantId, accountId, channel, conversationId, messageId, attempt } = place;
  const entry: DeliveryEntry = {
    kind: 'state',
    merchantId,
    accountId,
    channel,
    conversationId,
    messageId,
    attempt,
    state,
    error,
    externalIds: [...externalIds],
    at,
  };
  return { key: conversationId, entry };
}

function receiptEntry(job: Job, result: SendResult, at: string): NewEntry<Topic> {
  const { merchantId, accountId, channel, messageId } = job;
  const { externalId, state = 'sent', error = null } = result;
  const entry: DeliveryEntry = { kind: 'receipt', merchantId, accountId, channel, externalId, messageId, state, error, at };
  return { key: job.conversationId, entry };
}

export const keyOf = ({ merchantId, messageId, attempt }: JobKey): JobKey => ({ merchantId, messageId, attempt });

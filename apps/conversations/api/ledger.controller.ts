import { Controller } from '@nestjs/common';
import { deliverySchema } from '@parley/model';
import { House } from '@parley/runtime';
import { z } from 'zod';
import { externalIdsOf, getMessage, type Queryable, timesSeen } from '../store';
import { Call, FromPath } from './call/call';
import { By, type Caller, notFound, sees } from './call/caller';

const requestSchema = z.object({
  index: z.number().int(),
  /** As it was written down before it was sent. */
  request: z.unknown(),
  state: z.enum(['pending', 'sending', 'sent', 'failed', 'uncertain']).or(z.string()),
  /** The provider's id. */
  externalId: z.string().nullable(),
  error: z.unknown(),
  tries: z.number().int().describe('How often it was begun.'),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
});
const attemptSchema = z.object({
  attempt: z.number().int(),
  state: z.string(),
  outcome: z.string().nullable(),
  tries: z.number().int().describe('Tries that came to nothing, as far as they count towards giving up.'),
  dueAt: z.string(),
  error: z.unknown(),
  createdAt: z.string(),
  updatedAt: z.string(),
  requests: z.array(requestSchema),
});
const ledgerSchema = z.object({
  messageId: z.string(),
  conversationId: z.string(),
  direction: z.enum(['inbound', 'outbound']),
  externalId: z.string().nullable(),
  /** Every id the channel knows it under. */
  externalIds: z.array(z.string()),
  receivedAt: z.string(),
  seen: z
    .number()
    .int()
    .describe('How often the channel brought it: whatever comes more than once is stored once. 0 for what was written here.'),
  delivery: deliverySchema.nullable(),
  /** One for each time it was to be sent. */
  attempts: z.array(attemptSchema),
  /** What the channel said of it. */
  receipts: z.array(z.object({ state: z.string(), at: z.string(), attempt: z.number().int().optional() })),
});

const RECEIPTS = ['sent', 'failed', 'delivered', 'read'];
/** Deliver has not made its tables, or runs on another database. */
const NOT_THERE = new Set(['42P01', '3F000', '42501']);

/** Where a message has been: read from what deliver wrote down, never written here. */
@Controller()
export class LedgerController {
  constructor(private readonly house: House) {}

  @Call('GET /v1/messages/:id/ledger', {
    summary: 'What became of a message: how often it came, each attempt, request and receipt',
    tag: 'Messages',
    scopes: ['messages:read', 'bot'],
    answer: ledgerSchema,
  })
  async get(@By() caller: Caller, @FromPath() id: string): Promise<z.infer<typeof ledgerSchema>> {
    const merchantId = caller.merchant.id;
    const { message, externalIds, seen } = await this.house.database.transaction(merchantId, async (client) => ({
      message: await getMessage(client, merchantId, id),
      externalIds: await externalIdsOf(client, merchantId, id),
      seen: await timesSeen(client, merchantId, id),
    }));
    if (!message || !sees(caller, message.accountId)) throw notFound('message');
    const { delivery, externalId } = message;
    return {
      messageId: message.id,
      conversationId: message.conversationId,
      direction: message.direction,
      externalId,
      externalIds: [...new Set([...(externalId ? [externalId] : []), ...externalIds])],
      receivedAt: message.receivedAt,
      seen,
      delivery,
      attempts: message.direction === 'outbound' ? await this.attempts(merchantId, id) : [],
      receipts: (delivery?.history ?? []).filter((step) => RECEIPTS.includes(step.state)),
    };
  }

  private async attempts(merchantId: string, messageId: string) {
    try {
      return await this.house.database.transaction(merchantId, (client) => readAttempts(client, merchantId, messageId));
    } catch (error) {
      if (NOT_THERE.has((error as { code?: string }).code ?? '')) return [];
      throw error;
    }
  }
}

async function readAttempts(client: Queryable, merchantId: string, messageId: string) {
  const jobs = await client.query(
    `SELECT attempt, state, outcome, tries, due_at, error, created_at, updated_at FROM deliver.jobs
     WHERE merchant_id = $1 AND message_id = $2 ORDER BY attempt`,
    [merchantId, messageId],
  );
  const requests = await client.query(
    `SELECT attempt, index, request, state, external_id, error, begun, started_at, finished_at FROM deliver.requests
     WHERE merchant_id = $1 AND message_id = $2 ORDER BY attempt, index`,
    [merchantId, messageId],
  );
  return jobs.rows.map((job) => ({
    attempt: job.attempt,
    state: job.state,
    outcome: job.outcome,
    tries: job.tries,
    dueAt: isoOf(job.due_at) ?? '',
    error: job.error,
    createdAt: isoOf(job.created_at) ?? '',
    updatedAt: isoOf(job.updated_at) ?? '',
    requests: requests.rows
      .filter((request) => request.attempt === job.attempt)
      .map((request) => ({
        index: request.index,
        request: request.request,
        state: request.state,
        externalId: request.external_id,
        error: request.error,
        tries: request.begun,
        startedAt: isoOf(request.started_at),
        finishedAt: isoOf(request.finished_at),
      })),
  }));
}

const isoOf = (value: Date | null): string | null => value?.toISOString() ?? null;

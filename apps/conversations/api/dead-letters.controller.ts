import { Controller } from '@nestjs/common';
import { deadLetterSchema, topicNames } from '@parley/model';
import { House, ProblemError } from '@parley/runtime';
import { z } from 'zod';
import { type DeadLetterRecord, getDeadLetter, listDeadLetters, markReplayed } from '../store';
import { Call, FromBody, FromPath, FromQuery } from './call/call';
import { By, type Caller, type Exchange, notFound, Over, sees } from './call/caller';
import { Idempotency } from './call/idempotency';
import { flag, pageFields, pageOf, readPage } from './page';

const listQuery = z.strictObject({ ...pageFields, topic: z.string().max(100).optional(), replayed: flag.optional() });
const letterSchema = deadLetterSchema.extend({
  value: z.string().nullable().describe('Base64 of its bytes; null in a list where they are many.'),
  sizeBytes: z.number().int(),
  replayedAt: z.string().nullable(),
  entry: z.unknown().describe('The original entry, where its bytes are JSON.'),
});
const tag = 'Dead letters';

/** What could not be handled: to be looked at, and given to its topic once more when the cause is mended. */
@Controller()
export class DeadLettersController {
  constructor(
    private readonly house: House,
    private readonly idempotency: Idempotency,
  ) {}

  @Call('GET /v1/dead-letters', {
    summary: 'What could not be handled, newest first',
    tag,
    scopes: ['admin'],
    answer: pageOf(letterSchema),
  })
  async list(@By() caller: Caller, @FromQuery(listQuery) query: z.infer<typeof listQuery>) {
    const merchantId = caller.merchant.id;
    const page = await readPage(() =>
      this.house.database.transaction(merchantId, (client) => listDeadLetters(client, merchantId, query)),
    );
    return { ...page, data: page.data.filter((letter) => isVisible(caller, letter)).map(listed) };
  }

  @Call('GET /v1/dead-letters/:id', { summary: 'One dead letter', tag, scopes: ['admin'], answer: letterSchema })
  async get(@By() caller: Caller, @FromPath() id: string) {
    return shown(await this.find(caller, id));
  }

  @Call('POST /v1/dead-letters/:id/replay', {
    summary: 'Append the original bytes to their topic again',
    tag,
    scopes: ['admin'],
    status: 202,
    once: true,
    answer: letterSchema,
  })
  replay(@By() caller: Caller, @FromPath() id: string, @FromBody(z.strictObject({})) _body: object, @Over() over: Exchange) {
    return this.idempotency.once(over, { merchantId: caller.merchant.id, status: 202 }, async () => {
      const letter = await this.find(caller, id);
      const { topic, key, headers } = letter;
      if (!(topicNames as readonly string[]).includes(topic)) {
        throw new ProblemError(409, 'no-such-topic', `There is no topic ${topic} in this version of Parley.`);
      }
      await this.house.eventLog.append(topic, [{ key, headers, value: Buffer.from(letter.value, 'base64') }]);
      const merchantId = caller.merchant.id;
      const replayedAt = new Date().toISOString();
      await this.house.database.transaction(merchantId, (client) => markReplayed(client, merchantId, id, replayedAt));
      return shown({ ...letter, replayedAt });
    });
  }

  private async find(caller: Caller, id: string): Promise<DeadLetterRecord> {
    const merchantId = caller.merchant.id;
    const letter = await this.house.database.transaction(merchantId, (client) => getDeadLetter(client, merchantId, id));
    if (!letter || !isVisible(caller, letter)) throw notFound('dead letter');
    return letter;
  }
}

/** One of no known account is for keys that see all. */
const isVisible = (caller: Caller, { accountId }: DeadLetterRecord): boolean =>
  accountId === null ? caller.key.accountIds === null : sees(caller, accountId);

const LISTED_BYTES_MAX = 16 * 1024;

/** A list is to be looked through: what is large in it is shown by itself. */
function listed(letter: DeadLetterRecord) {
  const full = shown(letter);
  return full.sizeBytes <= LISTED_BYTES_MAX ? full : { ...full, value: null, entry: null };
}

function shown(letter: DeadLetterRecord) {
  const bytes = Buffer.from(letter.value, 'base64');
  return { ...letter, sizeBytes: bytes.length, entry: entryOf(bytes) };
}

function entryOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}

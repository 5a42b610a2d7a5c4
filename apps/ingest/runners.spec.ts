import {
  ChannelError,
  type CursorContext,
  type PollReceiver,
  type StreamReceiver,
  type WebhookReceiver,
} from '@parley/connector';
import type { NoticeEntry } from '@parley/model';
import { startTestDatabase, type TestDatabase } from '../../test/support/postgres';
import { Intake } from './intake';
import { migrations } from './migrations';
import { nextRoundMs, restMs } from './reading-faults';
import { Runners } from './runners';
import { Stage, scripted, until } from './testing/stage';

let test: TestDatabase;
let stage: Stage;
const begun: Runners[] = [];

beforeAll(async () => {
  test = await startTestDatabase({ migrations: { ingest: migrations } });
}, 60_000);
afterAll(() => test?.stop());
beforeEach(() => {
  stage = new Stage(test.database);
});
afterEach(async () => {
  await Promise.all(begun.splice(0).map((runners) => runners.stop()));
  await test.database.query('*', 'TRUNCATE ingest.cursors, ingest.account_health, ingest.notices');
});

const intakes = new WeakMap<Stage, Intake>();
function intakeOf(on: Stage): Intake {
  const intake = intakes.get(on) ?? new Intake(on.house, on.channels);
  intakes.set(on, intake);
  return intake;
}

async function begin(on = stage): Promise<Runners> {
  const runners = new Runners(on.house, on.channels, intakeOf(on), { leaseMs: 1_000, leaseRetryMs: 100 });
  begun.push(runners);
  await runners.onApplicationBootstrap();
  return runners;
}

const poller = (poll: PollReceiver<any>['poll'], intervalMs = 20): PollReceiver<any> => ({
  kind: 'poll',
  name: 'mailbox',
  intervalMs,
  poll,
});
/** Counts, one item a round. */
const counting = poller(async (context) => {
  const next = (((await context.loadCursor()) as number | null) ?? 0) + 1;
  await context.append([{ dedupeKey: String(next), content: { json: next } }]);
  await context.saveCursor(next);
});
const health = async () => (await test.database.query('*', 'SELECT receiver, state, reason FROM ingest.account_health')).rows;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a poller', () => {
  it('goes on where it was, also in another process', async () => {
    stage.connector = scripted([counting]);
    stage.account('acc_1');
    const first = await begin();
    await until(() => stage.raw().length >= 3);
    await first.stop();
    const before = stage.raw().length;
    await begin();
    await until(() => stage.raw().length >= before + 2);
    const values = stage.raw().map((entry) => (entry.content as { value: unknown }).value);
    expect(values).toEqual(values.map((_, index) => index + 1));
  });

  it('reads a mailbox in one process at a time', async () => {
    let reading = 0;
    let most = 0;
    const slow = poller(async () => {
      reading += 1;
      most = Math.max(most, reading);
      await pause(30);
      reading -= 1;
    });
    const other = new Stage(test.database);
    for (const each of [stage, other]) {
      each.connector = scripted([slow]);
      each.account('acc_1');
      await begin(each);
    }
    await pause(400);
    expect(most).toBe(1);
  });

  it('cannot move the cursor once another process reads', async () => {
    let context: CursorContext<any> | undefined;
    const frozen = poller(async (given) => {
      context ??= given;
      await given.loadCursor();
      if (context === given) await new Promise(() => undefined);
    });
    stage.connector = scripted([frozen]);
    stage.account('acc_1');
    await begin();
    await until(() => context !== undefined);
    await pause(50);
    await test.database.query('*', 'UPDATE ingest.cursors SET fence = fence + 1');
    await expect(context?.saveCursor(1)).rejects.toThrow('Another process reads');
  }, 10_000);

  it('says how the account is, and that it is well again', async () => {
    let isBroken = true;
    stage.connector = scripted([
      poller(async () => {
        if (isBroken) throw new ChannelError('unauthorized', 'The password was refused');
      }),
    ]);
    stage.account('acc_1');
    const told: string[] = [];
    const end = await test.database.listen('parley_accounts', (payload) => told.push(payload));
    await begin();
    await until(async () => (await health()).length === 1);
    expect(await health()).toEqual([{ receiver: 'mailbox', state: 'unauthorized', reason: 'The password was refused' }]);
    isBroken = false;
    stage.changed('acc_1');
    await until(async () => (await health())[0]?.state === 'healthy');
    await until(() => told.length === 2);
    await end();
  });

  it('rests while the account is paused, and ends with it', async () => {
    stage.connector = scripted([counting]);
    stage.account('acc_1');
    await begin();
    await until(() => stage.raw().length >= 1);
    stage.account('acc_1', { state: 'paused' });
    stage.changed('acc_1');
    await pause(100);
    const count = stage.raw().length;
    await pause(150);
    expect(stage.raw()).toHaveLength(count);
  });

  it('that hangs is left behind when the process stops', async () => {
    stage.connector = scripted([poller(() => new Promise<void>(() => undefined))]);
    stage.account('acc_1');
    const runners = await begin();
    await pause(100);
    const startedAt = Date.now();
    await runners.stop();
    expect(Date.now() - startedAt).toBeLessThan(4_500);
  }, 10_000);
});

describe('a stream', () => {
  it('is begun again when it breaks', async () => {
    let runs = 0;
    const stream: StreamReceiver<any> = {
      kind: 'stream',
      name: 'idle',
      run: async (context) => {
        runs += 1;
        context.reportHealth('healthy');
        if (runs === 1) throw new ChannelError('unavailable', 'connection lost', { retryAfterMs: 10 });
        await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }));
      },
    };
    stage.connector = scripted([stream]);
    stage.account('acc_1');
    await begin();
    await until(() => runs === 2);
    await until(async () => (await health())[0]?.state === 'healthy');
  });
});

describe('notices', () => {
  const entry = (id: string, accountId = 'acc_1', receivedAt = new Date()): NoticeEntry => ({
    merchantId: 'mer_1',
    accountId,
    channel: 'scripted',
    id,
    receivedAt: receivedAt.toISOString(),
    data: { id },
  });
  const reads = (read: NonNullable<WebhookReceiver<any>['read']>): WebhookReceiver<any> => ({
    kind: 'webhook',
    accept: () => ({ items: [] }),
    read,
  });
  const take = async (runners: Runners, ...entries: NoticeEntry[]) => {
    await test.database.transaction('*', (client) => runners.notices.insert(client, entries));
    await runners.wake(entries.map(({ accountId }) => accountId));
  };
  const waiting = async () => Number((await test.database.query('*', 'SELECT count(*) FROM ingest.notices')).rows[0].count);

  it('are read in order, and what they point to is appended', async () => {
    stage.connector = scripted([
      reads(async ({ data }) => [{ dedupeKey: (data as { id: string }).id, content: { json: data } }]),
    ]);
    stage.account('acc_1');
    const runners = await begin();
    await pause(50);
    await take(runners, entry('a'), entry('b'), entry('a'));
    await until(() => stage.raw().length === 2);
    expect(stage.raw().map(({ content }) => (content as { value: unknown }).value)).toEqual([{ id: 'a' }, { id: 'b' }]);
    await until(async () => (await waiting()) === 0);
  });

  it('one that cannot be read now lets the others pass, and is read later', async () => {
    let failures = 1;
    stage.connector = scripted([
      reads(async ({ data }) => {
        const { id } = data as { id: string };
        if (id === 'sick' && failures-- > 0) throw new ChannelError('unavailable', 'down', { retryAfterMs: 150 });
        return [{ dedupeKey: id, content: { json: id } }];
      }),
    ]);
    stage.account('acc_1');
    const runners = await begin();
    await take(runners, entry('sick'), entry('well'));
    await until(() => stage.raw().length === 2);
    expect(stage.raw().map(({ content }) => (content as { value: unknown }).value)).toEqual(['well', 'sick']);
  });

  it('a slow account does not hold up another', async () => {
    stage.connector = scripted([
      reads(async (_, context) => {
        if (context.account.id === 'acc_slow') await pause(2_000);
        return [{ dedupeKey: context.account.id, content: { json: context.account.id } }];
      }),
    ]);
    stage.account('acc_slow');
    stage.account('acc_1');
    const runners = await begin();
    await take(runners, entry('a', 'acc_slow'), entry('b', 'acc_1'));
    await until(() => stage.raw().length === 1, 1_500);
    expect(stage.raw()[0]?.accountId).toBe('acc_1');
  });

  it('one that can never be read is put aside with the reason', async () => {
    stage.connector = scripted([
      reads(async () => {
        throw new ChannelError('rejected', 'it is not ours');
      }),
    ]);
    stage.account('acc_1');
    await take(await begin(), entry('a'));
    await until(() => stage.dead().length === 1);
    expect(stage.dead()[0]).toMatchObject({ topic: 'inbound.notice', app: 'ingest', reason: 'ChannelError: it is not ours' });
    expect(JSON.parse(Buffer.from(stage.dead()[0]?.value ?? '', 'base64').toString())).toMatchObject({ id: 'a' });
    await until(async () => (await waiting()) === 0);
  });

  it('wait while the account is paused', async () => {
    stage.connector = scripted([reads(async () => [{ dedupeKey: 'x', content: { json: 1 } }])]);
    stage.account('acc_1', { state: 'paused' });
    await take(await begin(), entry('a'));
    await pause(100);
    expect(stage.raw()).toEqual([]);
    stage.account('acc_1');
    stage.changed('acc_1');
    await until(() => stage.raw().length === 1);
  });
});

describe('how long a channel is left alone', () => {
  it.each([
    ['longer after each failure', new Error('x'), 4, 8_000],
    ['five minutes at most', new Error('x'), 30, 300_000],
    ['as long as it says', new ChannelError('throttled', 'x', { retryAfterMs: 1_234 }), 1, 1_234],
    ['long when the login is refused', new ChannelError('unauthorized', 'x'), 1, 300_000],
  ])('%s', (_, error, failures, expected) => {
    expect(restMs(error, failures, 1)).toBe(expected);
  });

  it('spreads rounds around their interval', () => {
    expect([nextRoundMs(1_000, 0), nextRoundMs(1_000, 1)]).toEqual([900, 1_100]);
  });
});

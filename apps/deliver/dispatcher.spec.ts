import { ChannelError } from '@parley/connector';
import { startTestDatabase, type TestDatabase } from '../../test/support/postgres';
import { PIPELINE } from './jobs';
import { migrations } from './migrations';
import { reply, Stage } from './testing/stage';

let test: TestDatabase;
let stage: Stage;
const stages: Stage[] = [];

beforeAll(async () => {
  test = await startTestDatabase({ migrations: { deliver: migrations } });
}, 60_000);
afterAll(() => test?.stop());
beforeEach(() => {
  stage = newStage();
  stage.account('acc_1');
});
afterEach(async () => {
  await Promise.all(stages.splice(0).map((each) => each.dispatcher.stop()));
  await test.database.query(PIPELINE, 'TRUNCATE deliver.jobs, deliver.requests, deliver.accounts');
});

function newStage(options?: ConstructorParameters<typeof Stage>[1]): Stage {
  const made = new Stage(test.database, options);
  stages.push(made);
  return made;
}

async function until(check: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const giveUpAt = Date.now() + ms;
  while (!(await check())) {
    if (Date.now() > giveUpAt) throw new Error(`it did not come to that: ${JSON.stringify(stage.log.delivery)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const states = (messageId: string, on = stage) => on.log.statesOf(messageId);
const ended = (messageId: string, on = stage) =>
  until(() => states(messageId, on).some((state) => !['queued', 'sending'].includes(state)));
async function requests() {
  const { rows } = await test.database.query(
    PIPELINE,
    'SELECT message_id, attempt, index, state, external_id, begun, tries FROM deliver.requests ORDER BY message_id, attempt, index',
  );
  return rows;
}

describe('sending', () => {
  it('writes down each request before it is sent, and says sent with the channel’s id', async () => {
    const seen: unknown[] = [];
    stage.channel.script = async (request) => {
      seen.push((await requests())[request.part]?.state);
      return { externalId: `ext-${request.part}`, aliases: [`alias-${request.part}`] };
    };
    await stage.submit(reply('msg_1', ['one', 'two']));
    await ended('msg_1');
    expect(seen).toEqual(['sending', 'sending']);
    expect(states('msg_1')).toEqual(['sending', 'sent']);
    expect(stage.log.delivery.at(-1)).toMatchObject({ externalIds: ['ext-0', 'alias-0', 'ext-1', 'alias-1'], error: null });
  });

  it('gives each request the results of the earlier ones', async () => {
    const earlier: string[][] = [];
    stage.channel.script = (request, context) => {
      earlier.push(context.earlier.map((result) => result.externalId));
      return { externalId: `ext-${request.part}` };
    };
    await stage.submit(reply('msg_1', ['one', 'two', 'three']));
    await ended('msg_1');
    expect(earlier).toEqual([[], ['ext-0'], ['ext-0', 'ext-1']]);
  });

  it('keeps the order of a conversation through failures, while others go ahead', async () => {
    let refusals = 2;
    stage.channel.script = (request) => {
      if (request.text === 'first' && refusals-- > 0)
        throw new ChannelError('throttled', 'slow down', { retryAfterMs: 80, scope: 'recipient' });
      return { externalId: request.messageId };
    };
    await stage.submit(
      reply('msg_1', ['first']),
      reply('msg_2', ['second']),
      reply('msg_3', ['other'], { conversation: 'cnv_2' }),
    );
    await ended('msg_2');
    expect(stage.channel.taken).toEqual(['first', 'other', 'first', 'first', 'second']);
  });

  it('one stuck account does not hold up another', async () => {
    stage.account('acc_2');
    let letGo: (() => void) | undefined;
    stage.channel.script = async (request) => {
      if (request.text === 'stuck') await new Promise<void>((resolve) => (letGo = resolve));
      return { externalId: request.messageId };
    };
    await stage.submit(reply('msg_1', ['stuck']), reply('msg_2', ['free'], { account: 'acc_2', conversation: 'cnv_2' }));
    await ended('msg_2');
    expect(states('msg_1')).toEqual(['sending']);
    letGo?.();
    await ended('msg_1');
  });

  it('rests the whole account when the channel says so, and goes on by itself', async () => {
    let isFirst = true;
    stage.channel.script = (request) => {
      if (!isFirst) return { externalId: request.messageId };
      isFirst = false;
      throw new ChannelError('throttled', 'slow down', { retryAfterMs: 150 });
    };
    const startedAt = Date.now();
    await stage.submit(reply('msg_1', ['one']));
    await until(() => stage.channel.taken.length === 1);
    await stage.submit(reply('msg_2', ['two'], { conversation: 'cnv_2' }));
    await ended('msg_1');
    await ended('msg_2');
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(150);
    expect(stage.channel.taken).toHaveLength(3);
  });

  it('a pause outlives the process', async () => {
    stage.channel.script = () => {
      throw new ChannelError('unauthorized', 'the token is gone');
    };
    await stage.submit(reply('msg_1', ['one']));
    await until(() => stage.channel.taken.length === 1);
    await pause(50);
    await stage.dispatcher.stop();
    await test.database.query(PIPELINE, 'UPDATE deliver.jobs SET due_at = now()');
    const next = newStage();
    next.account('acc_1');
    next.dispatcher.wake(['acc_1']);
    await pause(150);
    expect(next.channel.taken).toEqual([]);
    await test.database.query(PIPELINE, 'UPDATE deliver.jobs SET due_at = now()');
    await next.dispatcher.onApplicationBootstrap();
    next.change('acc_1', 'active');
    await ended('msg_1', next);
    expect(states('msg_1', next)).toEqual(['sending', 'sent']);
  });

  it('tries a channel again that is down', async () => {
    let failures = 1;
    stage.channel.script = (request) => {
      if (failures-- > 0) throw new ChannelError('unavailable', 'down', { retryAfterMs: 20 });
      return { externalId: request.messageId };
    };
    await stage.submit(reply('msg_1', ['one']));
    await ended('msg_1');
    expect(await requests()).toMatchObject([{ state: 'sent', begun: 2, tries: 1 }]);
  });

  it('ends with the reason when the channel refuses, and the next one goes', async () => {
    stage.channel.script = (request) => {
      if (request.text === 'bad') throw new ChannelError('rejected', 'not allowed', { code: 'policy' });
      return { externalId: request.messageId };
    };
    await stage.submit(reply('msg_1', ['bad']), reply('msg_2', ['good']));
    await ended('msg_2');
    expect(states('msg_1')).toEqual(['sending', 'failed']);
    expect(stage.log.delivery).toContainEqual(
      expect.objectContaining({ state: 'failed', error: { code: 'policy', message: 'not allowed', retryable: false } }),
    );
  });

  it('does not send what the channel cannot say', async () => {
    await stage.submit(reply('msg_1', ['x'.repeat(101)]));
    await ended('msg_1');
    expect(stage.channel.taken).toEqual([]);
    expect(stage.log.delivery.at(-1)).toMatchObject({ state: 'failed', error: { code: 'text-too-long' } });
  });

  it('tells what the channel knew at once', async () => {
    stage.channel.script = () => ({ externalId: 'ext', state: 'delivered' });
    await stage.submit(reply('msg_1', ['one']));
    await ended('msg_1');
    expect(stage.log.delivery).toContainEqual(
      expect.objectContaining({ kind: 'receipt', state: 'delivered', externalId: 'ext' }),
    );
  });

  it('never says sent without an id', async () => {
    stage.channel.script = () => ({ externalId: '' });
    await stage.submit(reply('msg_1', ['one']));
    await ended('msg_1');
    expect(states('msg_1')).toEqual(['sending', 'uncertain']);
  });
});

describe('doubt', () => {
  const reset = () => {
    throw new ChannelError('uncertain', 'the line broke after the request was read');
  };

  it('is not resolved by sending again', async () => {
    stage.channel.script = reset;
    await stage.submit(reply('msg_1', ['one']), reply('msg_2', ['two']));
    await ended('msg_2');
    expect(states('msg_1')).toEqual(['sending', 'uncertain']);
    expect(stage.channel.taken).toEqual(['one', 'two']);
  });

  it('is resolved by sending again where that reaches the buyer once', async () => {
    stage.channel.capabilities = { ...stage.channel.capabilities, idempotentSend: true };
    let resets = 1;
    stage.channel.script = () => (resets-- > 0 ? reset() : { externalId: 'ext' });
    await stage.submit(reply('msg_1', ['one']));
    await ended('msg_1');
    expect(states('msg_1')).toEqual(['sending', 'sending', 'sent']);
  });

  it('is resolved by looking: found', async () => {
    stage.channel.script = reset;
    stage.channel.reconcile = async () => ({ found: { externalId: 'ext-found' } });
    await stage.submit(reply('msg_1', ['one']));
    await ended('msg_1');
    expect(states('msg_1')).toEqual(['sending', 'sent']);
    expect(stage.channel.taken).toEqual(['one']);
  });

  it('is resolved by looking: it never arrived', async () => {
    let resets = 1;
    stage.channel.script = () => (resets-- > 0 ? reset() : { externalId: 'ext' });
    stage.channel.reconcile = async () => 'absent';
    await stage.submit(reply('msg_1', ['one']));
    await ended('msg_1');
    expect(stage.channel.taken).toEqual(['one', 'one']);
    expect(states('msg_1').at(-1)).toBe('sent');
  });

  it('stays when looking does not tell', async () => {
    let looks = 0;
    stage.channel.script = reset;
    stage.channel.reconcile = async () => {
      looks += 1;
      return 'unknown';
    };
    await stage.submit(reply('msg_1', ['one']));
    await ended('msg_1');
    expect([looks, states('msg_1').at(-1)]).toEqual([4, 'uncertain']);
  });

  it('also concerns what was under way when the process died', async () => {
    await stage.submit(reply('msg_1', ['one', 'two', 'three']));
    await ended('msg_1');
    // As a kill leaves it: the first was sent, the second written down.
    await test.database.query(PIPELINE, `UPDATE deliver.jobs SET state = 'waiting', outcome = NULL`);
    await test.database.query(
      PIPELINE,
      `UPDATE deliver.requests SET state = CASE index WHEN 0 THEN 'sent' WHEN 1 THEN 'sending' ELSE 'pending' END,
         result = CASE index WHEN 0 THEN result END`,
    );
    await stage.dispatcher.stop();
    const next = newStage();
    next.account('acc_1');
    next.channel.reconcile = async () => ({ found: { externalId: 'ext-found' } });
    await next.dispatcher.onApplicationBootstrap();
    await ended('msg_1', next);
    expect(next.channel.taken).toEqual(['three']);
    expect(next.log.delivery.at(-1)).toMatchObject({ state: 'sent', externalIds: ['ext-msg_1-0', 'ext-found', 'ext-msg_1-2'] });
  });
});

describe('attempts', () => {
  it('goes on after what an earlier attempt brought', async () => {
    stage.channel.script = (request) => {
      if (request.part === 1 && stage.channel.taken.length < 3) throw new ChannelError('rejected', 'no');
      return { externalId: `ext-${request.part}` };
    };
    await stage.submit(reply('msg_1', ['one', 'two']));
    await ended('msg_1');
    await stage.submit(reply('msg_1', ['one', 'two'], { attempt: 2 }));
    await until(() => states('msg_1').includes('sent'));
    expect(stage.channel.taken).toEqual(['one', 'two', 'two']);
    expect(stage.log.delivery.at(-1)).toMatchObject({ attempt: 2, externalIds: ['ext-0', 'ext-1'] });
  });

  it('sends all again when the earlier attempt had brought all', async () => {
    await stage.submit(reply('msg_1', ['one']));
    await ended('msg_1');
    await stage.submit(reply('msg_1', ['one'], { attempt: 2 }));
    await until(() => stage.channel.taken.length === 2);
  });

  it('is the same job when it comes twice', async () => {
    await stage.submit(reply('msg_1', ['one']));
    await ended('msg_1');
    await stage.submit(reply('msg_1', ['one']));
    await pause(100);
    expect(stage.channel.taken).toEqual(['one']);
  });
});

describe('accounts', () => {
  it('keeps the work of a paused one until it is active', async () => {
    await stage.dispatcher.onApplicationBootstrap();
    stage.account('acc_1', 'paused');
    await stage.submit(reply('msg_1', ['one']));
    await pause(100);
    expect(stage.channel.taken).toEqual([]);
    stage.change('acc_1', 'active');
    await ended('msg_1');
    expect(states('msg_1')).toEqual(['sending', 'sent']);
  });

  it('ends the work of one that is gone', async () => {
    stage.accounts.clear();
    await stage.submit(reply('msg_1', ['one']));
    await ended('msg_1');
    expect(stage.log.delivery.at(-1)).toMatchObject({ state: 'failed', error: { code: 'account-gone' } });
  });

  it('is sent for by one process only, and by the next when that one stops', async () => {
    const other = newStage();
    other.account('acc_1');
    await Promise.all([stage.submit(reply('msg_1', ['one'])), other.submit(reply('msg_2', ['two']))]);
    await until(() => stage.channel.taken.length + other.channel.taken.length === 2);
    expect([stage.channel.taken.length, other.channel.taken.length].sort()).toEqual([0, 2]);
    const [owner, rest] = stage.channel.taken.length ? [stage, other] : [other, stage];
    await owner.dispatcher.stop();
    await rest.submit(reply('msg_3', ['three']));
    await until(() => rest.channel.taken.length === 1);
  });

  it('what an earlier owner would still begin is refused', async () => {
    await stage.submit(reply('msg_1', ['one']));
    await ended('msg_1');
    await test.database.query(PIPELINE, 'UPDATE deliver.accounts SET fence = fence + 1');
    await stage.submit(reply('msg_2', ['two']));
    await pause(200);
    expect(stage.channel.taken).toEqual(['one']);
  });

  it('tells an end again that the log did not take', async () => {
    stage.channel.script = (request) => {
      stage.log.failNext = 2;
      return { externalId: request.messageId };
    };
    await stage.submit(reply('msg_1', ['one']));
    await until(() => states('msg_1').includes('sent'));
    await until(async () => {
      const { rows } = await test.database.query(PIPELINE, 'SELECT reported FROM deliver.jobs');
      return rows[0].reported;
    });
  }, 10_000);
});

describe('cancelling', () => {
  const signal = (messageId: string) => ({
    merchantId: 'mer_1',
    accountId: 'acc_1',
    channel: 'scripted',
    conversationId: 'cnv_1',
    id: 'sig_1',
    address: {},
    externalId: '',
    signal: { kind: 'cancel' as const, messageId, attempt: 1 },
    at: new Date().toISOString(),
  });
  const cancel = (messageId: string) =>
    test.database.transaction(PIPELINE, (client) =>
      stage.jobs.cancel(client, signal(messageId), { merchantId: 'mer_1', messageId, attempt: 1 }),
    );

  it('ends what was not begun', async () => {
    stage.account('acc_1', 'paused');
    await stage.submit(reply('msg_1', ['one']));
    expect(await cancel('msg_1')).toMatchObject({ outcome: 'cancelled' });
    expect(await cancel('msg_1')).toBeNull();
    stage.account('acc_1');
    stage.dispatcher.wake(['acc_1']);
    await pause(100);
    expect(stage.channel.taken).toEqual([]);
  });

  it('comes too late for what was begun', async () => {
    await stage.submit(reply('msg_1', ['one']));
    await ended('msg_1');
    expect(await cancel('msg_1')).toBeNull();
  });

  it('holds for a message that comes after it', async () => {
    expect(await cancel('msg_1')).toMatchObject({ outcome: 'cancelled' });
    await stage.submit(reply('msg_1', ['one']));
    await pause(100);
    expect(stage.channel.taken).toEqual([]);
  });
});

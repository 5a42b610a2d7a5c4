import type { BatchContext, EntryBatch } from '@parley/event-log';
import type { EntryOf, OutboundSignal, Topic } from '@parley/model';
import { startTestDatabase, type TestDatabase } from '../../test/support/postgres';
import { PIPELINE } from './jobs';
import { migrations } from './migrations';
import { OutboundController } from './outbound.controller';
import { Signals } from './signals';
import { reply, Stage } from './testing/stage';

let test: TestDatabase;
let stage: Stage;
let controller: OutboundController;
beforeAll(async () => {
  test = await startTestDatabase({ migrations: { deliver: migrations } });
}, 60_000);
afterAll(() => test?.stop());
beforeEach(() => {
  stage = new Stage(test.database);
  stage.account('acc_1', 'paused');
  controller = new OutboundController(stage.house, stage.dispatcher, new Signals(stage.house, stage.channels));
});
afterEach(async () => {
  await stage.dispatcher.stop();
  await test.database.query(PIPELINE, 'TRUNCATE deliver.jobs, deliver.requests, deliver.accounts');
});

function batch<T extends Topic>(topic: T, ...entries: EntryOf<T>[]): EntryBatch<T> {
  const records = entries.map((entry, index) => ({ offset: BigInt(index), key: 'k', appendedAt: 1, headers: {}, entry }));
  return { topic, partition: 0, records };
}
const context = (commitIn: BatchContext['commitIn'] = async () => {}): BatchContext => ({
  signal: new AbortController().signal,
  progress: () => {},
  commitIn,
});
const jobs = async () => (await test.database.query(PIPELINE, 'SELECT message_id, state, outcome FROM deliver.jobs')).rows;
const signal = (kind: OutboundSignal['signal']): OutboundSignal => ({
  merchantId: 'mer_1',
  accountId: 'acc_1',
  channel: 'scripted',
  conversationId: 'cnv_1',
  id: 'sig_1',
  address: { to: 'buyer' },
  externalId: 'ext-1',
  signal: kind,
  at: new Date().toISOString(),
});

describe('replies whose text is settled', () => {
  it('become jobs and are told to be queued; held ones are not our business', async () => {
    const held = {
      ...reply('msg_2', ['two']),
      outcome: { kind: 'held' as const, error: { code: 'x', message: 'x', retryable: true }, candidate: null },
    };
    await controller.onTranslated(batch('outbound.translated', reply('msg_1', ['one']), held), context());
    expect(await jobs()).toEqual([{ message_id: 'msg_1', state: 'waiting', outcome: null }]);
    expect(stage.log.statesOf('msg_1')).toEqual(['queued']);
    expect(stage.log.statesOf('msg_2')).toEqual([]);
  });

  it('are not kept when the progress of the reader cannot be', async () => {
    const fenced = async () => {
      throw new Error('fenced');
    };
    await expect(controller.onTranslated(batch('outbound.translated', reply('msg_1', ['one'])), context(fenced))).rejects.toThrow(
      'fenced',
    );
    expect(await jobs()).toEqual([]);
  });

  it('leave in the order they came', async () => {
    stage.account('acc_1');
    const replies = Array.from({ length: 20 }, (_, index) => reply(`msg_${index}`, [`text ${index}`]));
    await controller.onTranslated(batch('outbound.translated', ...replies), context());
    while (stage.channel.taken.length < 20) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(stage.channel.taken).toEqual(replies.map((_, index) => `text ${index}`));
  });
});

describe('signals', () => {
  it('cancel what was not begun, and say so', async () => {
    await controller.onTranslated(batch('outbound.translated', reply('msg_1', ['one'])), context());
    const cancel = signal({ kind: 'cancel', messageId: 'msg_1', attempt: 1 });
    await controller.onSignal(batch('outbound.signal', cancel, cancel), context());
    expect(await jobs()).toEqual([{ message_id: 'msg_1', state: 'done', outcome: 'cancelled' }]);
    expect(stage.log.statesOf('msg_1')).toEqual(['queued', 'cancelled']);
  });

  it('are brought to the channel, and dropped where that fails', async () => {
    const brought: unknown[] = [];
    stage.account('acc_1');
    stage.channel.more = {
      markRead: async (externalId) => {
        brought.push(['read', externalId]);
        throw new Error('no such message');
      },
      react: async (externalId, emoji, address) => {
        brought.push([emoji, externalId, address]);
      },
    };
    const reaction = signal({ kind: 'reaction', emoji: '👍' });
    await controller.onSignal(batch('outbound.signal', signal({ kind: 'read' }), reaction), context());
    while (brought.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(brought).toEqual([
      ['read', 'ext-1'],
      ['👍', 'ext-1', { to: 'buyer' }],
    ]);
  });
});

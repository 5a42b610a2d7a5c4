import { conversationId } from '@parley/model';
import { startTestDatabase, type TestDatabase } from '../../test/support/postgres';
import { migrations } from './migrations';
import { Threads } from './threads';

let test: TestDatabase;
beforeAll(async () => {
  test = await startTestDatabase({ migrations: { normalize: migrations } });
}, 60_000);
afterAll(() => test?.stop());
afterEach(() => test.database.query('*', 'TRUNCATE normalize.threads'));

const account = { id: 'acc_1', merchantId: 'mer_1' };
const thread = (key: string, aliases?: string[], ours?: string) => ({ key, aliases, conversationId: ours, address: {} });
const own = (key: string) => conversationId('acc_1', key);
const rows = async () => Number((await test.database.query('*', 'SELECT count(*) FROM normalize.threads')).rows[0].count);

describe('the conversation of a thread', () => {
  it('is named by its key where the channel has thread ids, without memory', async () => {
    expect(await new Threads(test.database).conversationOf(account, thread('t'))).toBe(own('t'));
    expect(await rows()).toBe(0);
  });

  it('is that of the strongest name known, and every name is remembered', async () => {
    const threads = new Threads(test.database);
    expect(await threads.conversationOf(account, thread('mail-1', ['id:1']))).toBe(own('mail-1'));
    expect(await threads.conversationOf(account, thread('mail-2', ['id:2']))).toBe(own('mail-2'));
    // An answer to the first that mentions the second's subject.
    expect(await threads.conversationOf(account, thread('mail-3', ['id:3', 'id:1', 'id:2']))).toBe(own('mail-1'));
    expect(await threads.conversationOf(account, thread('mail-4', ['id:4', 'id:3']))).toBe(own('mail-1'));
  });

  it('is the same when the item comes again, in this process or another', async () => {
    const item = thread('mail-3', ['id:3', 'id:1']);
    const first = await new Threads(test.database).conversationOf(account, item);
    await new Threads(test.database).conversationOf(account, thread('mail-1', ['id:1']));
    expect(await new Threads(test.database).conversationOf(account, item)).toBe(first);
  });

  it('is what our own signed token says, and the names follow it', async () => {
    const threads = new Threads(test.database);
    expect(await threads.conversationOf(account, thread('mail-5', ['id:5'], 'cnv_signed'))).toBe('cnv_signed');
    expect(await threads.conversationOf(account, thread('mail-6', ['id:6', 'id:5']))).toBe('cnv_signed');
  });

  it('is agreed on by items that race, also in two processes', async () => {
    const processes = [new Threads(test.database), new Threads(test.database)];
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        processes[index % 2]?.conversationOf(account, thread(`mail-${index}`, [`id:${index}`, 'id:root'])),
      ),
    );
    expect(new Set(answers).size).toBe(1);
  });

  it('is another one for another account', async () => {
    const threads = new Threads(test.database);
    await threads.conversationOf(account, thread('mail-1', ['id:1']));
    const other = { id: 'acc_2', merchantId: 'mer_1' };
    expect(await threads.conversationOf(other, thread('mail-2', ['id:1']))).toBe(conversationId('acc_2', 'mail-2'));
  });

  it('takes names of any length and kind', async () => {
    const threads = new Threads(test.database);
    const odd = ['x'.repeat(10_000), 'a\0b', 'c\ud800'];
    const first = await threads.conversationOf(account, thread('mail-1', odd));
    expect(await new Threads(test.database).conversationOf(account, thread('mail-2', ['new', odd[0] as string]))).toBe(first);
  });
});

import { setTimeout as pause } from 'node:timers/promises';
import { type Append, AppendQueue } from './append-queue';
import { LogUnavailableError, RecordRefusedError } from './errors';

const record = (key: string, bytes = 1) => ({ key, value: new Uint8Array(bytes) });

function queueOver(write: (appends: readonly Append[]) => Promise<void>, timeoutMs = 1_000) {
  const writes: string[][] = [];
  const queue = new AppendQueue({
    async write(appends) {
      writes.push(appends.flatMap(({ records }) => records.map(({ key }) => key)));
      await write(appends);
    },
    timeoutMs,
  });
  return { queue, writes };
}

describe('the queue of appends', () => {
  it('writes together what comes while a write is under way, in order', async () => {
    const { queue, writes } = queueOver(() => pause(20));
    const first = queue.add('t', [record('1')]);
    await pause(5);
    await Promise.all([first, ...['2', '3', '4'].map((key) => queue.add('t', [record(key)]))]);
    expect(writes).toEqual([['1'], ['2', '3', '4']]);
  });

  it('keeps one call whole and cuts between calls', async () => {
    const { queue, writes } = queueOver(async () => undefined);
    const many = Array.from({ length: 1_500 }, (_, n) => record(String(n)));
    await Promise.all([queue.add('t', many), queue.add('t', [record('next')])]);
    expect(writes.map((keys) => keys.length)).toEqual([1_500, 1]);
  });

  it('rejects those of a failed write and goes on with the next', async () => {
    let fail = true;
    const { queue } = queueOver(async () => {
      if (fail) throw new Error('cut off');
    });
    await expect(queue.add('t', [record('1')])).rejects.toThrow(LogUnavailableError);
    fail = false;
    await queue.add('t', [record('2')]);
  });

  it('passes on that a record can never be written', async () => {
    const { queue } = queueOver(async () => {
      throw new RecordRefusedError('too large');
    });
    await expect(queue.add('t', [record('1')])).rejects.toThrow(RecordRefusedError);
  });

  it('rejects in time both what hangs and what waits behind it', async () => {
    let release = () => {};
    const { queue, writes } = queueOver(() => new Promise<void>((resolve) => (release = resolve)), 100);
    const hanging = queue.add('t', [record('1')]);
    await pause(10);
    const waiting = queue.add('t', [record('2')]);
    await expect(hanging).rejects.toThrow('did not answer in time');
    await expect(waiting).rejects.toThrow('away for too long');
    release();
    await queue.drained();
    expect(writes).toEqual([['1']]);
  });

  it('says that it is full instead of growing', async () => {
    let release = () => {};
    const { queue } = queueOver(() => new Promise<void>((resolve) => (release = resolve)));
    const first = queue.add('t', [record('0')]);
    await pause(5);
    const taken = Array.from({ length: 20 }, () =>
      queue.add(
        't',
        Array.from({ length: 1_000 }, () => record('k')),
      ),
    );
    await expect(queue.add('t', [record('one more')])).rejects.toThrow('does not keep up');
    const releasing = setInterval(() => release(), 1);
    await Promise.all([first, ...taken]);
    clearInterval(releasing);
  });
});

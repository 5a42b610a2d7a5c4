import { setTimeout as pause } from 'node:timers/promises';
import { Controller, type INestApplication, type Type } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { type DeadLetter, decodeEntry, encodeEntry, type NoticeEntry } from '@parley/model';
import { of } from 'rxjs';
import type { EntryBatch } from '../entries';
import { FencedError, LogUnavailableError } from '../errors';
import type { BatchContext } from '../port';
import { MemoryLog, storedRecords } from '../testing/memory-log';
import { connectLogServer } from './connect';
import type { LogServerOptions } from './log-server';

const HERE = Symbol('here');
const ELSEWHERE = Symbol('elsewhere');

const notice = (id: string): NoticeEntry => ({
  merchantId: 'mer_1',
  accountId: 'acc_1',
  channel: 'webchat',
  id,
  receivedAt: '2024-01-01T00:00:00Z',
  data: null,
});
const notices = (...ids: string[]) => storedRecords(ids.map((id) => encodeEntry('inbound.notice', notice(id))));

type OnNotice = (batch: EntryBatch<'inbound.notice'>, context: BatchContext) => unknown;

let apps: INestApplication[] = [];
afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
});

const lines: { message: string; fields: Record<string, unknown> }[] = [];
const write = (fields: object, message: string) => void lines.push({ message, fields: fields as Record<string, unknown> });
const logger = { debug: write, info: write, warn: write, error: write };

async function start(controller: Type, options: Partial<LogServerOptions> = {}): Promise<MemoryLog> {
  const log = new MemoryLog();
  const module = await Test.createTestingModule({ controllers: [controller] }).compile();
  const app = module.createNestApplication(new FastifyAdapter(), { logger: false });
  apps.push(app);
  connectLogServer(app, { log, app: 'test', transport: HERE, isTransient: () => false, logger, ...options });
  await app.init();
  await app.startAllMicroservices();
  return log;
}

/** An app with one handler of `inbound.notice`. */
function startWith(onNotice: OnNotice, options: Partial<LogServerOptions> = {}): Promise<MemoryLog> {
  @Controller()
  class Notices {
    @EventPattern('inbound.notice', HERE)
    onNotice(batch: EntryBatch<'inbound.notice'>, context: BatchContext) {
      return onNotice(batch, context);
    }
  }
  return start(Notices, options);
}

const deliver = (log: MemoryLog, records: ReturnType<typeof notices>, signal?: AbortSignal) =>
  log.deliver({ topic: 'inbound.notice', partition: 2, records }, signal);
const idsOf = (batch: EntryBatch<'inbound.notice'>) => batch.records.map((record) => record.entry.id);
const deadLetters = (log: MemoryLog): DeadLetter[] =>
  log.appended.filter(({ topic }) => topic === 'dead.letter').map(({ record }) => decodeEntry('dead.letter', record.value));

describe('starting', () => {
  it('is refused when a topic to be served has no handler', async () => {
    @Controller()
    class Notices {
      @EventPattern('inbound.notice', HERE)
      onNotice() {}
      @EventPattern('inbound.raw', ELSEWHERE)
      onRaw() {}
    }
    await expect(start(Notices, { topics: ['inbound.notice', 'inbound.raw'] })).rejects.toThrow('inbound.raw has no handler');
  });

  it('is refused when a handler names what is no topic, answers, or is the second one, all said at once', async () => {
    @Controller()
    class Confused {
      @EventPattern('inbound.rwa', HERE)
      onTypo() {}
      @MessagePattern('inbound.message', HERE)
      onQuestion() {}
      @EventPattern('inbound.raw', HERE)
      onRaw() {}
      @EventPattern('inbound.raw', HERE)
      onRawToo() {}
    }
    await expect(start(Confused)).rejects.toThrow(/inbound\.rwa is not a topic.*inbound\.message.*inbound\.raw has two handlers/);
  });

  it('is refused without any handler', async () => {
    @Controller()
    class Idle {}
    await expect(start(Idle)).rejects.toThrow('no handler at all');
  });

  it('reads the topics of its own transport in the group of its app', async () => {
    const log = await startWith(() => undefined);
    expect(log.consumer).toMatchObject({ topics: ['inbound.notice'], group: 'parley.test', maxRecords: 500 });
  });
});

describe('a batch', () => {
  it('reaches the handler decoded, and is awaited', async () => {
    let ended = false;
    const log = await startWith(async (batch, context) => {
      expect(batch).toMatchObject({ topic: 'inbound.notice', partition: 2 });
      expect(batch.records[1]).toMatchObject({ offset: 1n, key: 'key-1', appendedAt: 1_700_000_000_001, entry: notice('b') });
      await context.commitIn(async () => ({ rowCount: 1 }));
      await pause(20);
      ended = true;
    });
    await deliver(log, notices('a', 'b'));
    expect(ended).toBe(true);
    expect(log.committed).toEqual([1n]);
  });

  it('may be answered by an Observable, even an empty one', async () => {
    const log = await startWith(() => of());
    await deliver(log, notices('a'));
  });

  it('comes in the portions the handler asks for', async () => {
    const sizes: number[] = [];
    @Controller()
    class Notices {
      @EventPattern('inbound.notice', HERE, { maxRecords: 2 })
      async onNotice(batch: EntryBatch<'inbound.notice'>, context: BatchContext) {
        sizes.push(batch.records.length);
        await context.commitIn(async () => ({ rowCount: 1 }));
      }
    }
    const log = await start(Notices);
    expect(log.consumer?.maxRecords).toBe(2);
    await deliver(log, notices('a', 'b', 'c'));
    expect(sizes).toEqual([2, 1]);
    expect(log.committed).toEqual([1n, 2n]);
  });
});

describe('a record that is no entry', () => {
  it('is dead-lettered alone, with its bytes and the reason', async () => {
    const seen: string[] = [];
    const log = await startWith((batch) => void seen.push(...idsOf(batch)));
    const records = notices('a', 'b', 'c');
    const bytes = Buffer.from([0x7b, 0xff, 0x00]);
    records[1] = { ...records[1]!, value: bytes, headers: { from: 'there' } };
    await deliver(log, records);
    expect(seen).toEqual(['a', 'c']);
    const [letter] = deadLetters(log);
    expect(letter).toMatchObject({
      topic: 'inbound.notice',
      partition: 2,
      offset: '1',
      key: 'key-1',
      headers: { from: 'there' },
      app: 'test',
      merchantId: null,
    });
    expect(Buffer.from(letter?.value ?? '', 'base64')).toEqual(bytes);
    expect(letter?.reason).toContain('SyntaxError');
  });

  it('names its merchant when the bytes still tell, and the field that is wrong', async () => {
    const log = await startWith(() => undefined);
    const { id: _, ...withoutId } = notice('a');
    await deliver(log, storedRecords([JSON.stringify(withoutId)]));
    expect(deadLetters(log)[0]).toMatchObject({ merchantId: 'mer_1', accountId: 'acc_1' });
    expect(deadLetters(log)[0]?.reason).toContain('/id');
  });
});

describe('a handler that throws', () => {
  it('is tried again, and its error never becomes an answer', async () => {
    let tries = 0;
    const log = await startWith(() => {
      tries += 1;
      if (tries < 3) throw new Error('not yet');
    });
    await deliver(log, notices('a'));
    expect(tries).toBe(3);
    expect(deadLetters(log)).toEqual([]);
  });

  it('waits for what is away, without end, and gives nothing up', async () => {
    let tries = 0;
    const isTransient = (error: unknown) => (error as { transient?: boolean }).transient === true;
    const log = await startWith(
      () => {
        tries += 1;
        if (tries < 7) throw new LogUnavailableError('away');
      },
      { isTransient, retry: () => 'give up' },
    );
    await deliver(log, notices('a', 'b'));
    expect(tries).toBe(7);
    expect(deadLetters(log)).toEqual([]);
  });

  it('loses only the records it cannot handle; the others keep their order', async () => {
    const handled: string[] = [];
    const log = await startWith(async (batch, context) => {
      const ids = idsOf(batch);
      if (ids.some((id) => id.startsWith('bad'))) throw Object.assign(new Error('no such column'), { code: '22021' });
      handled.push(...ids);
      await context.commitIn(async () => ({ rowCount: 1 }));
    });
    const ids = Array.from({ length: 500 }, (_, n) =>
      n === 0 || n === 137 || n === 138 || n === 499 ? `bad-${n}` : `good-${n}`,
    );
    const startedAt = performance.now();
    await deliver(log, notices(...ids));
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(handled).toEqual(ids.filter((id) => id.startsWith('good')));
    expect(deadLetters(log).map((letter) => letter.offset)).toEqual(['0', '137', '138', '499']);
    expect(deadLetters(log)[0]?.reason).toBe('Error 22021: no such column');
    expect(log.committed).toEqual([...log.committed].sort((a, b) => Number(a - b)));
  });

  it('gives the same record the same dead letter when it comes again', async () => {
    const log = await startWith(() => {
      throw new Error('never');
    });
    await deliver(log, notices('a'));
    await deliver(log, notices('a'));
    const [first, second] = deadLetters(log);
    expect(first?.id).toMatch(/^ded_[0-9a-f]{26}$/);
    expect(second?.id).toBe(first?.id);
  });

  it('keeps the batch until the log has taken the dead letter', async () => {
    const log = await startWith(() => {
      throw new Error('never');
    });
    log.appendErrors.push(new LogUnavailableError('away'), new LogUnavailableError('away'));
    await deliver(log, notices('a'));
    expect(deadLetters(log)).toHaveLength(1);
  });

  it('does not make a dead letter of a dead letter', async () => {
    @Controller()
    class Letters {
      @EventPattern('dead.letter', HERE)
      onLetter() {
        throw new Error('never');
      }
    }
    const log = await start(Letters);
    await log.deliver({ topic: 'dead.letter', partition: 0, records: storedRecords(['{}']) });
    expect(log.appended).toEqual([]);
    expect(lines.at(-1)?.message).toContain('passed over');
  });

  it('is not tried again once another member owns the partition', async () => {
    let tries = 0;
    const log = await startWith(() => {
      tries += 1;
      throw new FencedError('gone');
    });
    await expect(deliver(log, notices('a'))).rejects.toThrow(FencedError);
    expect(tries).toBe(1);
  });
});

describe('a handler that hangs', () => {
  it('is told to end, has its late commit refused, and counts as failed', async () => {
    const late: Promise<unknown>[] = [];
    let tries = 0;
    const log = await startWith(
      (batch, context) => {
        tries += 1;
        if (!idsOf(batch).includes('stuck')) return undefined;
        const wait = pause(300).then(() => context.commitIn(async () => ({ rowCount: 1 })));
        wait.catch(() => undefined);
        late.push(wait);
        return wait;
      },
      { handlerTimeoutMs: 40, retry: () => 'give up' },
    );
    await deliver(log, notices('a', 'stuck', 'b'));
    expect(deadLetters(log)).toMatchObject([{ offset: '1' }]);
    expect(deadLetters(log)[0]?.reason).toContain('HandlerTimeoutError');
    expect(tries).toBeGreaterThan(3);
    for (const commit of late) await expect(commit).rejects.toThrow(FencedError);
  });

  it('has as long as it needs while it shows progress', async () => {
    const log = await startWith(
      async (_batch, context) => {
        for (let n = 0; n < 6; n++) {
          await pause(25);
          context.progress();
        }
      },
      { handlerTimeoutMs: 100 },
    );
    await deliver(log, notices('a'));
    expect(deadLetters(log)).toEqual([]);
  });

  it('is let go of when the partition is lost', async () => {
    const lost = new AbortController();
    const log = await startWith(() => pause(5_000, undefined, { ref: false }));
    const delivery = deliver(log, notices('a'), lost.signal);
    await pause(20);
    lost.abort(new FencedError('lost'));
    await expect(delivery).rejects.toThrow(FencedError);
  });
});

describe('closing', () => {
  it('ends the wait for a retry; the batch comes again elsewhere', async () => {
    const log = await startWith(
      () => {
        throw new LogUnavailableError('away');
      },
      { isTransient: () => true, drainMs: 1_234 },
    );
    const delivery = deliver(log, notices('a'));
    delivery.catch(() => undefined);
    await pause(200);
    await apps[0]?.close();
    await expect(delivery).rejects.toThrow(FencedError);
    expect(log.stoppedWithin).toBe(1_234);
    expect(deadLetters(log)).toEqual([]);
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { FencedError, RecordRefusedError } from '../errors';
import { partitionOf } from '../key-partition';
import type { Batch, BatchContext, ConsumeOptions, EventLog, StoredRecord } from '../port';
import { type ChildTask, type LogFixture, storeEffects } from './fixture';

const PARTITIONS = 4;
const record = (key: string, value: string | Uint8Array, headers?: Record<string, string>) => ({
  key,
  value: typeof value === 'string' ? Buffer.from(value) : value,
  ...(headers ? { headers } : {}),
});
const textOf = (stored: StoredRecord) => Buffer.from(stored.value).toString('utf8');

async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await pause(10);
  }
}

/** The promises of `EventLog`, for whichever store keeps them. */
export function testEventLog(name: string, setUp: () => Promise<LogFixture>): void {
  describe(`the event log in ${name}`, () => {
    let fixture: LogFixture;
    let logs: EventLog[] = [];
    let children: ChildProcess[] = [];
    let topicsMade = 0;

    beforeAll(async () => {
      fixture = await setUp();
    }, 120_000);
    afterAll(async () => {
      await fixture?.tearDown();
    }, 60_000);
    afterEach(async () => {
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(logs.map((log) => log.close(1_000)));
      logs = [];
      children = [];
    }, 60_000);

    async function open(): Promise<EventLog> {
      const log = await fixture.open();
      logs.push(log);
      return log;
    }

    async function newTopic(log: EventLog, partitions = PARTITIONS): Promise<string> {
      topicsMade += 1;
      const topic = `contract.topic-${topicsMade}`;
      await log.ensureTopics([{ name: topic, partitions }]);
      return topic;
    }

    const consume = (log: EventLog, topic: string, handler: ConsumeOptions['handler'], more: Partial<ConsumeOptions> = {}) =>
      log.consume({ topics: [topic], group: `group-of-${topic}`, maxRecords: 500, maxBytes: 1_000_000, handler, ...more });

    function collect(): { batches: Batch[]; records: StoredRecord[]; handler(batch: Batch): Promise<void> } {
      const batches: Batch[] = [];
      const records: StoredRecord[] = [];
      return {
        batches,
        records,
        async handler(batch) {
          batches.push(batch);
          records.push(...batch.records);
        },
      };
    }

    /** Effect and progress in one transaction. */
    async function storeAndCommit(batch: Batch, context: BatchContext, by: string): Promise<void> {
      await fixture.database.transaction('*', async (client) => {
        const offsets = batch.records.map(({ offset }) => String(offset));
        await client.query(storeEffects, [batch.topic, batch.partition, offsets, batch.records.map(({ key }) => key), by]);
        await context.commitIn((sql, params) => client.query(sql, [...params]));
      });
    }

    async function effects(topic: string): Promise<{ key: string; handled_by: string }[]> {
      const { rows } = await fixture.database.query(
        '*',
        'SELECT key, handled_by FROM contract.effects WHERE topic = $1 ORDER BY handled_at',
        [topic],
      );
      return rows;
    }

    function startChild(topic: string, holdMs: number): ChildProcess & { said: string[] } {
      const task: ChildTask = { ...fixture.child, topic, group: `group-of-${topic}`, holdMs };
      const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'contract-child.ts')], {
        env: { ...process.env, PARLEY_CONTRACT_TASK: JSON.stringify(task), NODE_OPTIONS: '' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const said: string[] = [];
      child.stdout?.on('data', (data: Buffer) => said.push(...data.toString().split('\n').filter(Boolean)));
      children.push(child);
      return Object.assign(child, { said });
    }

    it('gives back keys, bytes, headers and times as they were', async () => {
      const log = await open();
      const topic = await newTopic(log);
      const bytes = Buffer.from([0, 255, 254, 10, 0, 195, 40]);
      const before = Date.now();
      await log.append(topic, [record('kéy/1', bytes, { one: 'a"\\b', two: '' }), record('', '')]);
      await log.append(topic, [record('nul\u0000key', '{"text":"\\u0000"}', { nul: 'a\u0000b' })]);
      const seen = collect();
      await consume(log, topic, seen.handler);
      await until('all records', () => seen.records.length === 3);
      const byKey = new Map(seen.records.map((stored) => [stored.key, stored]));
      expect(Buffer.from(byKey.get('kéy/1')?.value ?? [])).toEqual(bytes);
      expect(byKey.get('kéy/1')?.headers).toEqual({ one: 'a"\\b', two: '' });
      expect(byKey.get('')?.headers).toEqual({});
      expect(byKey.get('')?.value.byteLength).toBe(0);
      expect(byKey.get('nul\u0000key')?.headers).toEqual({ nul: 'a\u0000b' });
      for (const { appendedAt } of seen.records) expect(Math.abs(appendedAt - before)).toBeLessThan(60_000);
    }, 60_000);

    it('never changes the partitions of a topic, however many processes make it at once', async () => {
      const [one, two] = await Promise.all([open(), open()]);
      const topic = 'contract.made-at-once';
      await Promise.all([one, two].map((log) => log?.ensureTopics([{ name: topic, partitions: 1 }])));
      await one?.ensureTopics([{ name: topic, partitions: 8 }]);
      await one?.append(
        topic,
        Array.from({ length: 50 }, (_, n) => record(`key-${n}`, String(n))),
      );
      const seen = collect();
      await consume(two as EventLog, topic, seen.handler);
      await until('all records', () => seen.records.length === 50);
      expect(new Set(seen.batches.map((batch) => batch.partition))).toEqual(new Set([0]));
    }, 60_000);

    it('refuses a record no log could take, and its neighbours go through', async () => {
      const log = await open();
      const topic = await newTopic(log);
      const huge = log.append(topic, [record('huge', new Uint8Array(5 * 1024 * 1024))]);
      const small = log.append(topic, [record('small', 'x')]);
      await expect(huge).rejects.toThrow(RecordRefusedError);
      await small;
      await log.append(topic, [record('large', new Uint8Array(3 * 1024 * 1024))]);
      const seen = collect();
      await consume(log, topic, seen.handler);
      await until('both', () => seen.records.length === 2);
    }, 60_000);

    it('keeps the order of each key, and of a partition the order of offsets', async () => {
      const log = await open();
      const topic = await newTopic(log);
      const seen = collect();
      await consume(log, topic, seen.handler, { maxRecords: 50 });
      const appends: Promise<void>[] = [];
      for (let n = 0; n < 1_000; n++) appends.push(log.append(topic, [record(`key-${n % 17}`, String(n))]));
      await Promise.all(appends);
      await until('all records', () => seen.records.length === 1_000);
      expectOrder(seen);
      expect(Math.max(...seen.batches.map((batch) => batch.records.length))).toBeLessThanOrEqual(50);
    }, 60_000);

    it('loses and reorders nothing when several processes append at once and pause before they commit', async () => {
      const reader = await open();
      const topic = await newTopic(reader);
      const seen = collect();
      await consume(reader, topic, seen.handler);
      const appenders = await Promise.all(
        [0, 1, 2].map(() => fixture.openPausing(() => (Math.random() < 0.3 ? Math.random() * 30 : 0))),
      );
      logs.push(...appenders);
      await Promise.all(
        appenders.flatMap((log, who) =>
          Array.from({ length: 4 }, async (_, stream) => {
            for (let n = 0; n < 60; n++)
              await log.append(topic, [record(`${who}/${stream}`, String(n)), record(`${who}/${stream}`, `${n}.5`)]);
          }),
        ),
      );
      await until('all records', () => seen.records.length >= 3 * 4 * 120);
      await pause(100);
      expect(seen.records).toHaveLength(3 * 4 * 120);
      expectOrder(seen);
    }, 120_000);

    it('gives a batch again after a throw, and goes no further in that partition meanwhile', async () => {
      const log = await open();
      const topic = await newTopic(log, 1);
      await log.append(topic, [record('a', '1'), record('b', '2')]);
      const tries: string[][] = [];
      let failing = true;
      await consume(
        log,
        topic,
        async (batch) => {
          tries.push(batch.records.map(textOf));
          if (failing) throw new Error('not now');
        },
        { maxRecords: 1 },
      );
      await log.append(topic, [record('c', '3')]);
      await until('several tries', () => tries.length >= 3);
      expect(tries.flat().every((value) => value === '1')).toBe(true);
      const waitedMs = Date.now() - ((await log.oldest(`group-of-${topic}`))[topic] ?? 0);
      expect(waitedMs).toBeGreaterThan(0);
      expect(waitedMs).toBeLessThan(60_000);
      failing = false;
      await until('the rest', () => tries.flat().includes('3'));
      expect(tries.flat().filter((value) => value !== '1')).toEqual(['2', '3']);
      await until('no lag', async () => (await log.lag(`group-of-${topic}`))[topic] === 0);
      expect((await log.oldest(`group-of-${topic}`))[topic]).toBeUndefined();
    }, 60_000);

    it('stores effect and progress together or not at all', async () => {
      const log = await open();
      const topic = await newTopic(log, 1);
      await log.append(
        topic,
        Array.from({ length: 10 }, (_, n) => record('k', String(n))),
      );
      let tries = 0;
      const first = await consume(log, topic, async (batch, context) => {
        tries += 1;
        await fixture.database.transaction('*', async (client) => {
          await client.query(storeEffects, [
            topic,
            0,
            batch.records.map(({ offset }) => String(offset)),
            batch.records.map(() => 'k'),
            'first',
          ]);
          await context.commitIn((sql, params) => client.query(sql, [...params]));
          if (tries < 3) throw new Error('rolled back');
        });
        throw new Error('committed, then failed');
      });
      await until('the commit', async () => (await effects(topic)).length === 10);
      await pause(300);
      await first.stop(1_000);
      expect((await log.lag(`group-of-${topic}`))[topic]).toBe(0);
      expect(tries).toBe(3);
    }, 60_000);

    it('says how far each partition reaches', async () => {
      const log = await open();
      const topic = await newTopic(log, 3);
      await log.append(topic, [record('one', '1'), record('one', '2'), record('two', '3')]);
      const counts = [0n, 0n, 0n];
      for (const key of ['one', 'one', 'two']) counts[partitionOf(key, 3)] = (counts[partitionOf(key, 3)] ?? 0n) + 1n;
      expect(await log.extent(topic)).toEqual(counts.map((next, partition) => ({ partition, first: 0n, next })));
    }, 60_000);

    it('commits up to an offset inside the batch, and continues behind it', async () => {
      const log = await open();
      const topic = await newTopic(log, 1);
      await log.append(
        topic,
        Array.from({ length: 10 }, (_, n) => record('k', String(n))),
      );
      const starts: string[] = [];
      await consume(log, topic, async (batch, context) => {
        starts.push(batch.records[0] ? textOf(batch.records[0]) : '');
        if (starts.length > 1) return;
        await fixture.database.transaction('*', (client) =>
          context.commitIn((sql, params) => client.query(sql, [...params]), batch.records[3]?.offset),
        );
        throw new Error('only so far');
      });
      await until('the rest', () => starts.length === 2);
      expect(starts).toEqual(['0', '4']);
    }, 60_000);

    it('wakes a reader at once, in its own process and in others', async () => {
      const [near, far] = await Promise.all([open(), open()]);
      const topic = await newTopic(near as EventLog, 1);
      const delays = { near: [] as number[], far: [] as number[] };
      for (const [place, log] of [
        ['near', near],
        ['far', far],
      ] as const) {
        await log?.consume({
          topics: [topic],
          group: `group-${place}`,
          maxRecords: 10,
          maxBytes: 1_000_000,
          async handler(batch) {
            for (const stored of batch.records) delays[place].push(performance.now() - Number(textOf(stored)));
          },
        });
      }
      await near?.append(topic, [record('k', String(performance.now()))]);
      await until('a first record', () => delays.near.length === 1 && delays.far.length === 1);
      for (let n = 0; n < 30; n++) {
        await near?.append(topic, [record('k', String(performance.now()))]);
        await pause(20);
      }
      await until('all records', () => delays.near.length === 31 && delays.far.length === 31);
      for (const place of ['near', 'far'] as const) {
        const median = delays[place].slice(1).sort((a, b) => a - b)[15] as number;
        expect(median).toBeLessThan(100);
      }
    }, 60_000);

    it('shares the partitions among two members and gives them back to the one that stays', async () => {
      const [one, two] = (await Promise.all([open(), open()])) as [EventLog, EventLog];
      const topic = await newTopic(one);
      const seen = { one: collect(), two: collect() };
      await consume(one, topic, seen.one.handler);
      await consume(two, topic, seen.two.handler);
      await until(
        'two each',
        () => one.health().assigned === 2 && two.health().assigned === 2 && one.health().state === 'running',
      );
      await one.append(
        topic,
        Array.from({ length: 200 }, (_, n) => record(`key-${n}`, String(n))),
      );
      await until('all records', () => seen.one.records.length + seen.two.records.length === 200);
      expect(seen.one.records.length).toBeGreaterThan(0);
      expect(seen.two.records.length).toBeGreaterThan(0);
      await two.close(2_000);
      await until('all four', () => one.health().assigned === PARTITIONS);
      await one.append(
        topic,
        Array.from({ length: 40 }, (_, n) => record(`key-${n}`, `late ${n}`)),
      );
      await until('the late ones', () => seen.one.records.filter((stored) => textOf(stored).startsWith('late')).length === 40);
      expect(seen.one.records.length + seen.two.records.length).toBe(240);
    }, 120_000);

    it('lets a running handler end when it closes, and does not repeat its work', async () => {
      const log = await open();
      const topic = await newTopic(log, 1);
      await log.append(topic, [record('k', '1')]);
      let state = 'waiting';
      await consume(log, topic, async () => {
        state = 'running';
        await pause(300);
        state = 'ended';
      });
      await until('the handler runs', () => state === 'running');
      await log.close(5_000);
      expect(state).toBe('ended');
      await expect(log.append(topic, [record('k', '2')])).rejects.toMatchObject({ code: 'log-unavailable' });
      expect(log.health().state).toBe('stopped');
      const next = await open();
      await next.append(topic, [record('k', '3')]);
      const seen = collect();
      await consume(next, topic, seen.handler);
      await until('what came after', () => seen.records.length > 0);
      expect(seen.records.map(textOf)).toEqual(['3']);
    }, 60_000);

    it('does not wait for a handler beyond the deadline, and refuses its late commit', async () => {
      const log = await open();
      const topic = await newTopic(log, 1);
      await log.append(topic, [record('k', '1')]);
      let late: Promise<void> | undefined;
      let running = false;
      await consume(log, topic, async (batch, context) => {
        running = true;
        late = pause(1_500).then(() => storeAndCommit(batch, context, 'late'));
        await late;
      });
      await until('the handler runs', () => running);
      const startedAt = performance.now();
      await log.close(200);
      expect(performance.now() - startedAt).toBeLessThan(1_300);
      await expect(late).rejects.toThrow(FencedError);
      expect(await effects(topic)).toEqual([]);
    }, 60_000);

    it('moves the work of a member that was killed in the middle of a batch', async () => {
      const log = await open();
      const topic = await newTopic(log);
      const child = startChild(topic, 60);
      await until('the child is ready', () => child.said.includes('ready'));
      const appended = Array.from({ length: 400 }, (_, n) => record(`key-${n % 40}`, String(n)));
      for (let n = 0; n < appended.length; n += 20) await log.append(topic, appended.slice(n, n + 20));
      await until('the child has handled some', () => child.said.filter((line) => line === 'done').length >= 2);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const before = (await effects(topic)).length;
      expect(before).toBeGreaterThan(0);
      expect(before).toBeLessThan(400);
      await consume(log, topic, (batch, context) => storeAndCommit(batch, context, 'parent'));
      await until('all effects', async () => (await effects(topic)).length === 400);
      // Handled once each: the table has a key. And the child's share is what it had committed.
      expect((await effects(topic)).filter((row) => row.handled_by === 'child')).toHaveLength(before);
    }, 120_000);

    it('fences a member that was frozen and woke up after its partitions had moved', async () => {
      const log = await open();
      const topic = await newTopic(log, 1);
      const child = startChild(topic, 4_000);
      await until('the child is ready', () => child.said.includes('ready'));
      await log.append(topic, [record('k', '1')]);
      await until('the child handles it', () => child.said.includes('batch'));
      child.kill('SIGSTOP');
      await consume(log, topic, async (batch, context) => {
        // The frozen one has an open transaction with the same effect: only another key lets us pass it.
        await fixture.database.transaction('*', async (client) => {
          await client.query(storeEffects, [topic, 100, batch.records.map(({ offset }) => String(offset)), ['k'], 'parent']);
          await context.commitIn((sql, params) => client.query(sql, [...params]));
        });
      });
      await until('the parent has taken over', async () => (await effects(topic)).length === 1, 60_000);
      child.kill('SIGCONT');
      await until('the child is refused', () => child.said.some((line) => line.startsWith('failed')), 60_000);
      expect(child.said).toContain('failed FencedError');
      expect((await effects(topic)).map((row) => row.handled_by)).toEqual(['parent']);
    }, 180_000);

    it('handles everything once and in order while members come and go', async () => {
      const steady = await open();
      const topic = await newTopic(steady);
      const takePart = (log: EventLog, name: string) =>
        consume(log, topic, (batch, context) => storeAndCommit(batch, context, name), { maxRecords: 20 });
      await takePart(steady, 'steady');
      let going = true;
      const appending = (async () => {
        let n = 0;
        for (; going; n++) await Promise.all([steady.append(topic, [record(`key-${n % 23}`, String(n))]), pause(3)]);
        return n;
      })();
      for (let round = 0; round < 5; round++) {
        const guest = await open();
        await takePart(guest, `guest-${round}`);
        await pause(400);
        await guest.close(round % 2 === 0 ? 2_000 : 0);
      }
      going = false;
      const appended = await appending;
      await until('all effects', async () => (await effects(topic)).length === appended);
      const { rows } = await fixture.database.query(
        '*',
        `SELECT count(*)::int AS n FROM (
           SELECT "offset", lag("offset") OVER (PARTITION BY partition ORDER BY handled_at) AS before
           FROM contract.effects WHERE topic = $1) AS pairs
         WHERE "offset" < before`,
        [topic],
      );
      expect(rows[0].n).toBe(0);
      expect(new Set((await effects(topic)).map((row) => row.handled_by)).size).toBeGreaterThan(1);
    }, 120_000);

    function expectOrder(seen: { batches: readonly Batch[]; records: readonly StoredRecord[] }): void {
      const next = new Map<number, bigint>();
      for (const batch of seen.batches) {
        for (const { offset } of batch.records) {
          expect(offset).toBe(next.get(batch.partition) ?? 0n);
          next.set(batch.partition, offset + 1n);
        }
      }
      const latest = new Map<string, number>();
      for (const stored of seen.records) {
        const value = Number(textOf(stored));
        expect(value).toBeGreaterThan(latest.get(stored.key) ?? -1);
        latest.set(stored.key, value);
      }
    }
  });
}

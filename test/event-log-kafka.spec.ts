import { setTimeout as pause } from 'node:timers/promises';
import { type EventLog, type EventLogOptions, LogUnavailableError, logMigrations, openEventLog } from '@parley/event-log';
import { createLogger } from '@parley/runtime';
import { CompressionCodecs, CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { EffectsTable1700000000001, type LogFixture, testEventLog } from '../libs/event-log/testing';
import { describeWithKafka, startTestKafka, type TestKafka } from './support/kafka';
import { startTestDatabase, type TestDatabase } from './support/postgres';

const SESSION_TIMEOUT_MS = process.env['KAFKA_BROKERS'] ? 6_000 : 2_000;
const logger = createLogger({ name: 'test', level: (process.env['LOG_LEVEL'] as 'silent') ?? 'silent' });

describeWithKafka('with a Kafka broker', () => {
  let kafka: TestKafka;
  let test: TestDatabase;
  beforeAll(async () => {
    kafka = await startTestKafka();
    test = await startTestDatabase({ migrations: { log: logMigrations, contract: [EffectsTable1700000000001] } });
  }, 600_000);
  afterAll(async () => {
    await test?.stop();
    await kafka?.stop();
  }, 60_000);

  const open = (options: Partial<EventLogOptions> = {}): Promise<EventLog> =>
    openEventLog({
      mode: 'distributed',
      database: test.database,
      logger,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      kafka: { brokers: kafka.brokers, clientId: 'parley-test' },
      ...options,
    });

  testEventLog(
    'Kafka',
    async (): Promise<LogFixture> => ({
      open,
      openPausing: () => open(),
      database: test.database,
      child: { mode: 'distributed', databaseUrl: test.url, kafkaBrokers: kafka.brokers, sessionTimeoutMs: SESSION_TIMEOUT_MS },
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      tearDown: async () => undefined,
    }),
  );

  describe('the log in Kafka alone', () => {
    let log: EventLog;
    let dead: Error[] = [];
    beforeEach(async () => {
      dead = [];
      log = await open({ onDead: (error) => dead.push(error), appendTimeoutMs: 5_000 });
    });
    afterEach(() => log.close(1_000), 30_000);

    const read = (topic: string, into: string[]) =>
      log.consume({
        topics: [topic],
        group: `readers-of-${topic}`,
        maxRecords: 100,
        maxBytes: 1_000_000,
        async handler({ records }) {
          into.push(...records.map(({ value }) => Buffer.from(value).toString()));
        },
      });

    async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 45_000): Promise<void> {
      const deadline = performance.now() + timeoutMs;
      while (!(await holds())) {
        if (performance.now() > deadline) throw new Error(`not in time: ${what}`);
        await pause(20);
      }
    }

    it('costs next to nothing while nothing happens', async () => {
      await log.ensureTopics([{ name: 'idle', partitions: 4 }]);
      await log.append('idle', [{ key: 'k', value: Buffer.from('v') }]);
      const seen: string[] = [];
      await read('idle', seen);
      await until('the record', () => seen.length === 1);
      const before = process.cpuUsage();
      await pause(3_000);
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 3_000_000).toBeLessThan(0.05);
    }, 60_000);

    it('begins where Postgres says, whatever the broker remembers', async () => {
      await log.ensureTopics([{ name: 'rewound', partitions: 1 }]);
      const seen: string[] = [];
      const first = await read('rewound', seen);
      for (const value of ['1', '2', '3', '4']) await log.append('rewound', [{ key: 'k', value: Buffer.from(value) }]);
      await until('all', () => seen.length === 4);
      await until('the broker knows', async () => (await log.lag('readers-of-rewound'))['rewound'] === 0);
      await pause(1_500);
      await first.stop(1_000);
      // As after a restore of the database from a backup that is older than the broker.
      await test.database.query('*', `UPDATE log.offsets SET next_offset = 1 WHERE group_name = 'readers-of-rewound'`);
      await log.append('rewound', [{ key: 'k', value: Buffer.from('5') }]);
      await read('rewound', seen);
      await until('the repeated ones', () => seen.length >= 8);
      expect(seen).toEqual(['1', '2', '3', '4', '2', '3', '4', '5']);
    }, 60_000);

    it('refuses while the broker is away, and goes on by itself when it is back: nothing acknowledged is lost', async () => {
      if (!kafka.own) return;
      await log.ensureTopics([{ name: 'outage', partitions: 3 }]);
      const seen: string[] = [];
      await read('outage', seen);
      const acknowledged: string[] = [];
      let refused = 0;
      let slowest = 0;
      const append = async (n: number) => {
        const startedAt = performance.now();
        try {
          await log.append('outage', [{ key: `key-${n % 7}`, value: Buffer.from(String(n)) }]);
          acknowledged.push(String(n));
        } catch (error) {
          expect(error).toBeInstanceOf(LogUnavailableError);
          refused += 1;
        }
        slowest = Math.max(slowest, performance.now() - startedAt);
      };
      for (let n = 0; n < 50; n++) await append(n);
      const killed = kafka.kill();
      for (let n = 50; n < 60; n++) void append(n);
      await killed;
      for (let n = 60; n < 64; n++) await append(n);
      expect(refused).toBeGreaterThan(0);
      expect(slowest).toBeLessThan(5_000);
      await kafka.start();
      for (let n = 64; n < 100; n++) await append(n);
      await until('an append that is taken', async () => {
        await append(100);
        return acknowledged.includes('100');
      });
      await until('all that was acknowledged', () => acknowledged.every((value) => seen.includes(value)));
      expect(dead).toEqual([]);

      await until('a healthy reader', () => log.health().state === 'running');
    }, 120_000);

    it('says that it is dead when its consumer ends for good, once', async () => {
      await log.ensureTopics([{ name: 'compressed', partitions: 1 }]);
      await read('compressed', []);
      // A codec that is not registered with us: kafkajs ends the consumer and does not start it again.
      const foreign = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }).producer();
      const unregistered = CompressionCodecs[CompressionTypes.Snappy];
      CompressionCodecs[CompressionTypes.Snappy] = () => ({
        compress: async ({ buffer }: { buffer: Buffer }) => snappy(buffer),
        decompress: async (buffer: Buffer) => buffer,
      });
      try {
        await foreign.connect();
        await foreign.send({ topic: 'compressed', compression: CompressionTypes.Snappy, messages: [{ key: 'k', value: 'v' }] });
      } finally {
        CompressionCodecs[CompressionTypes.Snappy] = unregistered;
        await foreign.disconnect();
      }
      await until('the end', () => dead.length === 1);
      expect(log.health()).toMatchObject({ state: 'dead', error: expect.stringContaining('Snappy') });
    }, 60_000);
  });
});

/** Snappy's form of "here are the bytes as they are"; for fewer than 128 of them. */
const snappy = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([bytes.length, 60 << 2, bytes.length - 1]), bytes]);

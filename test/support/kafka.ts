import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { installKafka, jarsFolder, whyNoKafka } from './kafka/installation';
import { freePort } from './ports';
import { describeWhere } from './where';

const run = promisify(execFile);
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

export interface TestKafka {
  readonly brokers: readonly string[];
  /** Own brokers can be killed and started again with what they had; given ones cannot. */
  readonly own: boolean;
  /** `SIGKILL`, as when the machine dies. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export const describeWithKafka = (name: string, body: () => void): void => describeWhere(whyNoKafka(), name, body);

/** A Kafka broker of this test's own, or the one KAFKA_BROKERS names. About 4 seconds, and a minute when it is fetched first. */
export async function startTestKafka(): Promise<TestKafka> {
  const given = process.env['KAFKA_BROKERS'];
  if (given) {
    const refuse = () => Promise.reject(new Error('The broker of KAFKA_BROKERS is not ours to stop'));
    return { brokers: given.split(','), own: false, kill: refuse, start: refuse, stop: async () => undefined };
  }
  await installKafka();
  const broker = await OwnBroker.create();
  await broker.start();
  return broker;
}

class OwnBroker implements TestKafka {
  readonly own = true;
  private child: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async create(): Promise<OwnBroker> {
    const folder = await mkdtemp(join(tmpdir(), 'parley-test-kafka-'));
    const [port, controllerPort] = [await freePort(), await freePort()];
    const broker = new OwnBroker(folder, port);
    await writeFile(broker.config, properties(folder, port, controllerPort));
    const clusterId = randomBytes(16).toString('base64url');
    await run('java', [...jvm('64m'), 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', broker.config], {
      timeout: START_TIMEOUT_MS,
    });
    return broker;
  }

  get brokers(): readonly string[] {
    return [`127.0.0.1:${this.port}`];
  }

  async start(): Promise<void> {
    const log = createWriteStream(join(this.folder, 'broker.log'), { flags: 'a' });
    const child = spawn('java', [...jvm('320m'), 'kafka.Kafka', this.config], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    this.child = child;
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(await answers(this.brokers))) {
      const log = child.exitCode === null ? '' : await readFile(join(this.folder, 'broker.log'), 'utf8');
      if (child.exitCode !== null) throw new Error(`The broker ended with ${child.exitCode}:\n${log}`);
      if (performance.now() > deadline) throw new Error('The broker does not answer');
      await pause(100);
    }
  }

  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  private get config(): string {
    return join(this.folder, 'server.properties');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }
}

const jvm = (memory: string): string[] => [
  `-Xmx${memory}`,
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-Djava.awt.headless=true',
  `-Dlog4j2.configurationFile=${join(__dirname, 'kafka', 'log4j2.properties')}`,
  '-cp',
  join(jarsFolder, '*'),
];

const properties = (folder: string, port: number, controllerPort: number): string => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${join(folder, 'data')}
num.partitions=1
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=2097152
log.segment.bytes=16777216
log.retention.ms=-1
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
`;

async function answers(brokers: readonly string[]): Promise<boolean> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { retries: 0 }, connectionTimeout: 500 });
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.describeCluster();
    return true;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** Both held until both are known, so that they differ. */

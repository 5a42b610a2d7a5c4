import { CompressionTypes, type Kafka, type Message, Partitioners, type Producer } from 'kafkajs';
import { type Append, AppendQueue } from '../append-queue';
import { LogUnavailableError, RecordRefusedError } from '../errors';
import { bytesOf, checkRecords } from '../limits';
import type { LogLogger } from '../log-database';
import type { LogRecord } from '../port';

/** What a topic that others made takes by default, less what surrounds the records. A larger record goes alone. */
const SEND_BYTES_MAX = 900_000;

/**
 * One idempotent producer with one send in flight, and our own queue before it: with several in flight kafkajs may number
 * them out of order (tulios/kafkajs#598).
 */
export class KafkaAppender {
  private readonly queue: AppendQueue;
  private producer: Producer | undefined;
  private closed = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly logger: LogLogger,
    timeoutMs: number,
  ) {
    this.queue = new AppendQueue({ write: (appends) => this.write(appends), timeoutMs });
  }

  async append(topic: string, records: readonly LogRecord[]): Promise<void> {
    if (records.length === 0) return;
    if (this.closed) throw new LogUnavailableError('The log is closed');
    checkRecords(topic, records);
    await this.queue.add(topic, records);
  }

  get waiting(): number {
    return this.queue.size;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.queue.drained();
    await this.producer?.disconnect().catch(() => undefined);
  }

  private async write(appends: readonly Append[]): Promise<void> {
    try {
      this.producer ??= await this.connect();
      for (const topicMessages of sendsOf(appends)) {
        await this.producer.sendBatch({ acks: -1, compression: CompressionTypes.GZIP, topicMessages });
      }
    } catch (cause) {
      await this.discard();
      if ((cause as { type?: string }).type === 'MESSAGE_TOO_LARGE')
        throw new RecordRefusedError('The topic takes no record of this size: raise its max.message.bytes');
      throw new LogUnavailableError('Kafka did not confirm the records', { cause });
    }
  }

  private async connect(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
      // Long enough for another broker to become the leader of a partition.
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    try {
      await producer.connect();
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
    return producer;
  }

  /**
   * After a failure nobody knows which sequence numbers the brokers have seen. Were the producer used on, they could take
   * the next records for a repeat of the lost ones and confirm them without storing them. A new one has a new id.
   */
  private async discard(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    try {
      await producer?.disconnect();
    } catch (err) {
      this.logger.debug({ err }, 'A producer was not disconnected in order');
    }
  }
}

interface TopicMessages {
  readonly topic: string;
  readonly messages: Message[];
}

/** Cuts what is to be appended into sends that a topic takes at once, in order. */
function sendsOf(appends: readonly Append[]): TopicMessages[][] {
  const sends: Map<string, Message[]>[] = [];
  let current = new Map<string, Message[]>();
  let bytes = 0;
  for (const { topic, records } of appends) {
    for (const record of records) {
      const more = bytesOf(record);
      if (bytes > 0 && bytes + more > SEND_BYTES_MAX) {
        sends.push(current);
        current = new Map();
        bytes = 0;
      }
      const messages = current.get(topic);
      const message = messageOf(record);
      if (messages) messages.push(message);
      else current.set(topic, [message]);
      bytes += more;
    }
  }
  sends.push(current);
  return sends.map((send) => [...send].map(([topic, messages]) => ({ topic, messages })));
}

const messageOf = (record: LogRecord): Message => ({
  key: record.key,
  value: Buffer.from(record.value.buffer, record.value.byteOffset, record.value.byteLength),
  ...(record.headers ? { headers: { ...record.headers } } : {}),
});

import type { z } from 'zod';
import {
  deadLetterSchema,
  deliveryEntrySchema,
  inboundEntrySchema,
  inboundTranslatedSchema,
  noticeSchema,
  outboundMessageSchema,
  outboundSignalSchema,
  outboundTranslatedSchema,
  rawInboundSchema,
} from './entries';
import { cloudEventSchema } from './events';

/** Every topic and what it carries. The flow is forward only: three topics in, three out. */
export const topics = {
  'inbound.notice': noticeSchema,
  'inbound.raw': rawInboundSchema,
  'inbound.message': inboundEntrySchema,
  'inbound.translated': inboundTranslatedSchema,
  'outbound.message': outboundMessageSchema,
  'outbound.translated': outboundTranslatedSchema,
  'outbound.signal': outboundSignalSchema,
  'outbound.delivery': deliveryEntrySchema,
  'dead.letter': deadLetterSchema,
  'parley.events': cloudEventSchema,
} as const;

export type Topic = keyof typeof topics;
export type EntryOf<T extends Topic> = z.infer<(typeof topics)[T]>;
export const topicNames = Object.keys(topics) as Topic[];

/** Entries are UTF-8 JSON on the wire. */
export const encodeEntry = <T extends Topic>(_topic: T, entry: EntryOf<T>): Uint8Array =>
  Buffer.from(JSON.stringify(entry), 'utf8');

/** @throws ZodError or SyntaxError when the bytes are not such an entry: poison, to be dead-lettered by the caller. */
export const decodeEntry = <T extends Topic>(topic: T, bytes: Uint8Array): EntryOf<T> =>
  topics[topic].parse(JSON.parse(asBuffer(bytes).toString('utf8'))) as EntryOf<T>;

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

import { type EventType, eventTypes } from '@parley/model';
import { z } from 'zod';

const typeNames = Object.keys(eventTypes) as [EventType, ...EventType[]];

/** What a client of `WS /v1/realtime` may say. */
export const clientMessage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('subscribe'),
    after: z.string().max(100).nullish(),
    types: z.array(z.enum(typeNames)).max(50).nullish(),
    conversationId: z.string().max(100).nullish(),
  }),
  z.strictObject({ type: z.literal('typing'), conversationId: z.string().max(100), on: z.boolean().default(true) }),
  z.strictObject({ type: z.literal('ping') }),
  z.strictObject({ type: z.literal('pong') }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;

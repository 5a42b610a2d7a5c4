import {
  type AccountFacts,
  type ChannelContext,
  equalsSecret,
  type Notice,
  type RawItem,
  readJsonBody,
  rejectionOf,
  type WebhookAcceptance,
  type WebhookReceiver,
  WebhookRejection,
  type WebhookRequest,
} from '@parley/connector';
import { z } from 'zod';
import { readResource } from '../read/resource';
import type { Settings } from '../settings';

const id = z.union([z.string(), z.number()]).transform(String);

/** https://developers.mercadolibre.com.ar: notifications. */
export const pushSchema = z.looseObject({
  resource: z.string().min(1).max(500),
  topic: z.string().min(1).max(100),
  user_id: id,
  application_id: id,
  sent: z.string().max(100).optional(),
});

/** The part of a push we go by: what to read, and whose it is. */
export interface PushNotice {
  readonly topic: string;
  readonly resource: string;
  readonly userId: string;
}

/** Pushes carry no signature: they are believed only so far as "look there", and only for our own application. */
function accept(request: WebhookRequest, account: AccountFacts<Settings>): WebhookAcceptance {
  const parsed = pushSchema.safeParse(readJsonBody(request.rawBody));
  if (!parsed.success) throw rejectionOf(parsed.error);
  if (!equalsSecret(parsed.data.application_id, account.settings.clientId))
    throw new WebhookRejection(401, 'forged', 'The notification is not for this application.', '/application_id');
  return { items: [], notices: [noticeOf(parsed.data)] };
}

/** One event may be told several times, and one resource may have several events. */
export const noticeOf = (push: z.infer<typeof pushSchema>): Notice => ({
  dedupeKey: `${push.topic}|${push.resource}|${push.sent ?? ''}`,
  routeKey: push.user_id,
  data: { topic: push.topic, resource: push.resource, userId: push.user_id } satisfies PushNotice,
});

async function read(notice: Notice, context: ChannelContext<Settings>): Promise<readonly RawItem[]> {
  const { topic, resource, userId } = notice.data as PushNotice;
  if (userId === context.account.settings.sellerId) return readResource(topic, resource, context);
  context.log.warn('A notification names a seller without an account', { userId, topic });
  return [];
}

export const webhook: WebhookReceiver<Settings> = { kind: 'webhook', accept, read };

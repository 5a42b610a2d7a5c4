import { createHash } from 'node:crypto';
import {
  type AccountFacts,
  readJsonBody,
  rejectionOf,
  type WebhookAcceptance,
  WebhookRejection,
  type WebhookRequest,
} from '@parley/connector';
import { cardPart, chosenPart, contactPart, conversationId, locationPart, messageId, textPart } from '@parley/model';
import { z } from 'zod';
import { readSession, webchatClaimsSchema, webchatContextSchema } from './session';
import { isAllowedOrigin, type WebchatSettings } from './settings';

export const TEXT_LENGTH_MAX = 10_000;
const FILE_BYTES_MAX = 2 * 1024 * 1024;

const filePart = z.object({
  kind: z.literal('media'),
  mime: z.string().regex(/^[\w.+-]+\/[\w.+-]+$/),
  /** The bytes themselves: a visitor cannot point to files elsewhere. */
  url: z
    .string()
    .regex(/^data:[^,]*;base64,[A-Za-z0-9+/]*={0,2}$/, 'A file is sent as a data: URL in base64.')
    .max(FILE_BYTES_MAX * 1.4),
  name: z.string().max(255).nullish(),
  caption: z.string().max(TEXT_LENGTH_MAX).nullish(),
});

const text = z.string().trim().min(1).max(TEXT_LENGTH_MAX);
const visitorPart = z.discriminatedUnion('kind', [
  textPart.extend({ text }),
  filePart,
  locationPart,
  contactPart,
  chosenPart,
  cardPart,
]);
export type VisitorPart = z.infer<typeof visitorPart>;

const commonFields = {
  clientKey: z.string().min(1).max(200),
  /** The page as it is now, where it has changed since the session began. */
  context: webchatContextSchema.optional(),
  replyTo: z.string().max(300).optional(),
};
const bodySchema = z
  .object({ ...commonFields, text: text.optional(), parts: z.array(visitorPart).min(1).max(10).optional() })
  .refine((body) => (body.text === undefined) !== (body.parts === undefined), {
    message: 'A message has either text or parts.',
    path: ['text'],
  });

/** One message of a visitor, with all that is known of them: nothing else is needed to understand it later. */
export const webchatItemSchema = z.object({
  ...commonFields,
  visitor: webchatClaimsSchema,
  parts: z.array(visitorPart).min(1),
  receivedAt: z.string(),
});
export type WebchatItem = z.infer<typeof webchatItemSchema>;

/** A visitor's key is theirs alone: two visitors who count from 1 do not meet. */
export const externalIdOf = (visitorId: string, clientKey: string): string => `${visitorId}:${clientKey}`;

export function acceptWebchat(request: WebhookRequest, account: AccountFacts<WebchatSettings>): WebhookAcceptance {
  const now = Date.now();
  const token = /^bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1]?.trim();
  const visitor = token ? readSession(account.signingKey, token, now) : null;
  if (!visitor) throw new WebhookRejection(401, 'session-invalid', 'The session is not valid or is over: start a new one.');
  if (!isAllowedOrigin(account.settings.allowedOrigins, request.headers['origin']))
    throw new WebhookRejection(403, 'origin-not-allowed', 'This web page may not use the chat.');

  const parsed = bodySchema.safeParse(readJsonBody(request.rawBody));
  if (!parsed.success) throw rejectionOf(parsed.error);
  const { text: writtenText, parts: writtenParts, ...common } = parsed.data;
  const parts: VisitorPart[] = writtenParts ?? [{ kind: 'text', text: writtenText ?? '' }];
  const item: WebchatItem = { ...common, visitor, parts, receivedAt: new Date(now).toISOString() };
  const externalId = externalIdOf(visitor.visitorId, item.clientKey);
  return {
    items: [
      {
        dedupeKey: `message:${createHash('sha256').update(externalId).digest('hex')}`,
        orderKey: visitor.visitorId,
        content: { json: item },
      },
    ],
    answer: {
      status: 201,
      contentType: 'application/json; charset=utf-8',
      body: JSON.stringify({
        id: messageId(account.id, externalId),
        conversationId: conversationId(account.id, visitor.visitorId),
        accountId: account.id,
        channel: 'webchat',
        direction: 'inbound',
        author: { kind: 'buyer', id: visitor.visitorId, name: visitor.name ?? null },
        // Files are not sent back: the page has them, and finds their address with the stored message.
        parts: parts.map((part) => (part.kind === 'media' ? { ...part, url: '' } : part)),
        replyTo: null,
        externalId,
        clientKey: item.clientKey,
        sentAt: item.receivedAt,
        receivedAt: item.receivedAt,
      }),
    },
  };
}

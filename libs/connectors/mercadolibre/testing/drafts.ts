import type { OutboundDraft } from '@parley/connector';
import { mercadolibre } from '../mercadolibre.connector';
import type { Request } from '../send/request';
import { ASSISTANT, account, BUYER, PACK } from './fixtures';

export const draft = (text: string, fields: Partial<OutboundDraft> = {}): OutboundDraft => ({
  messageId: 'msg_1',
  conversationId: 'cnv_1',
  attempt: 1,
  parts: text ? [{ kind: 'text', text }] : [],
  language: 'es',
  original: null,
  author: { kind: 'agent', name: null },
  address: packAddress(BUYER),
  contact: { address: BUYER, name: null },
  subject: null,
  replyTo: null,
  replyWindow: { openUntil: null, then: 'free' },
  acceptedAt: '2026-02-01T00:00:00.000Z',
  ...fields,
});

export const packAddress = (to: string | null) => ({
  kind: 'pack',
  packId: PACK,
  to,
  assistant: to === ASSISTANT,
  siteId: 'MLA',
  base: '',
});
export const questionAddress = { kind: 'question', questionId: '5036111111' };
export const claimAddress = { kind: 'claim', claimId: '5200', receiver: 'complainant' };

export const rendering = (text: string, fields: Partial<OutboundDraft> = {}) =>
  mercadolibre.render(draft(text, fields), account());

export function firstRequest(text: string, fields: Partial<OutboundDraft> = {}): Request {
  const [request] = rendering(text, fields).requests;
  if (!request) throw new Error('Nothing was rendered');
  return request;
}

export const file = (fields: Record<string, unknown> = {}) => ({
  kind: 'media' as const,
  mime: 'image/png',
  url: '/v1/media/med_1',
  name: 'talla.png',
  sizeBytes: 2,
  caption: null,
  ...fields,
});

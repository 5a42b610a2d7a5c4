import { ChannelError, type SendResult } from '@parley/connector';
import { isRefused, moderationError } from '../reasons';

/** "Taken" may already say "but not let through". */
export function resultOf(data: any): SendResult {
  const answer = Array.isArray(data?.messages) ? data.messages[0] : Array.isArray(data) ? data[0] : data;
  const id: unknown = answer?.id ?? answer?.message_id;
  if (typeof id !== 'string' && typeof id !== 'number') throw withoutId();
  const externalId = String(id);
  return isRefused(answer)
    ? { externalId, state: 'failed', error: moderationError(answer.message_moderation?.reason) }
    : { externalId };
}

export const withoutId = (): ChannelError =>
  new ChannelError('uncertain', 'Mercado Libre answered without the id of the message.', { code: 'no-id' });

import type { SendContext, SendResult } from '@parley/connector';
import { readOrNull } from '../api';
import { latest } from '../read/pack';
import type { Settings } from '../settings';
import { messageSchema } from '../shapes';
import { ownInClaim, SKEW_MS } from './claim';
import type { AnswerRequest, PackRequest, Request } from './request';
import { resultOf } from './result';

type Outcome = { found: SendResult } | 'absent' | 'unknown';
type Context = SendContext<Settings>;

/** Looks for our own text, sent since the reply was accepted. Reads only, and marks nothing as read. */
export async function reconcile(request: Request, context: Context): Promise<Outcome> {
  switch (request.kind) {
    case 'message':
      return lookInPack(request, context);
    case 'answer':
      return lookAtQuestion(request, context);
    case 'claim': {
      const found = await ownInClaim(request, context);
      // How soon a claim shows what was said in it is nowhere promised.
      return only(found, 'unknown');
    }
    case 'guide':
      // The words are the channel's own: there is nothing to recognise them by.
      return 'unknown';
  }
}

async function lookInPack(request: PackRequest, context: Context): Promise<Outcome> {
  const { status, messages } = await latest(request.packId, request.base, context);
  if (status === null && messages.length === 0) return 'unknown';
  const since = Date.parse(request.acceptedAt) - SKEW_MS;
  const known = new Set(context.earlier.map((result) => result.externalId));
  const own = new Map<string, SendResult>();
  for (const raw of messages) {
    const said = messageSchema.safeParse(raw).data;
    if (!said || said.from?.user_id !== context.account.settings.sellerId || known.has(said.id)) continue;
    const at = Date.parse(said.message_date?.received ?? said.message_date?.created ?? '');
    if (at >= since && (said.text ?? '').trim() === request.text.trim()) own.set(said.id, resultOf(said));
  }
  return only([...own.values()], 'absent');
}

async function lookAtQuestion({ questionId, text }: AnswerRequest, context: Context): Promise<Outcome> {
  const question = await readOrNull(context, `/questions/${questionId}`, { api_version: 4 });
  const said: unknown = question?.answer?.text;
  if (typeof said !== 'string' || said === '') return question?.status === 'UNANSWERED' ? 'absent' : 'unknown';
  return said.trim() === text.trim() ? { found: { externalId: `answer:${questionId}` } } : 'unknown';
}

/** Two that say the same: nobody can tell which of them is the one. */
function only(found: readonly SendResult[], otherwise: 'absent' | 'unknown'): Outcome {
  const [first] = found;
  if (!first) return otherwise;
  return found.length === 1 ? { found: first } : 'unknown';
}

import type { SendContext, SendResult } from '@parley/connector';
import { call } from '../api';
import type { Settings } from '../settings';
import { sendToClaim } from './claim';
import { sendGuideOption } from './first-contact';
import { sendPackMessage } from './pack-message';
import type { AnswerRequest, Request } from './request';
import { withoutId } from './result';

export async function send(request: Request, context: SendContext<Settings>): Promise<SendResult> {
  switch (request.kind) {
    case 'message':
      return sendPackMessage(request, context);
    case 'guide':
      return sendGuideOption(request, context);
    case 'answer':
      return answerQuestion(request, context);
    case 'claim':
      return sendToClaim(request, context);
  }
}

async function answerQuestion({ questionId, text }: AnswerRequest, context: SendContext<Settings>): Promise<SendResult> {
  const body = { question_id: Number(questionId), text };
  const { data } = await call(context, '/answers', { method: 'POST', body, effect: true });
  // The channel gives the question back, with its answer.
  if (String(data?.id ?? data?.question_id ?? '') !== questionId) throw withoutId();
  return { externalId: `answer:${questionId}` };
}

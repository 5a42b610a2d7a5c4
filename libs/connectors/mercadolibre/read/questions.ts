import type { RawItem } from '@parley/connector';
import type { Base } from '../address';
import { type Context, readOrNull } from '../api';

export async function readQuestion(questionId: string, base: Base, context: Context): Promise<readonly RawItem[]> {
  const query = { api_version: 4 };
  const question =
    (base && (await readOrNull(context, `${base}/questions/${questionId}`, query))) ||
    (await readOrNull(context, `/questions/${questionId}`, query));
  if (!question) return [];
  const item = question.item_id ? await readOrNull(context, `/items/${encodeURIComponent(question.item_id)}`) : null;
  return [
    {
      dedupeKey: `question|${question.id}|${question.status}|${question.answer?.date_created ?? ''}`,
      orderKey: `question:${question.item_id}:${question.from?.id}`,
      content: { json: { kind: 'question', question, item, readAt: new Date(context.now()).toISOString() } },
    },
  ];
}

import { type Topic, topicNames } from '@parley/model';
import type { TopicConfig } from './port';

/** What is asked for years later: the public event stream, and what could not be handled. */
const KEPT_FOR_EVER: readonly Topic[] = ['parley.events', 'dead.letter'];

/** The topics of the house. `retentionMs` undefined: all are kept for ever. */
export function defaultTopics(options: { readonly partitions: number; readonly retentionMs?: number }): TopicConfig[] {
  return topicNames.map((name) => ({
    name,
    partitions: options.partitions,
    ...(options.retentionMs !== undefined && !KEPT_FOR_EVER.includes(name) ? { retentionMs: options.retentionMs } : {}),
  }));
}

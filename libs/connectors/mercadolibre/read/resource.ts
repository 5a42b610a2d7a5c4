import type { RawItem } from '@parley/connector';
import type { Base } from '../address';
import type { Context } from '../api';
import { readClaim } from './claims';
import { readConversation, readMessage } from './messages';
import { readOrder, readShipment } from './orders';
import { readQuestion } from './questions';

/** Global Selling has topics of its own for the same things. */
const GLOBAL = 'marketplace_';

/** Reads what a notification points to, with all that is needed to show it: the order, the parcel, the item. */
export async function readResource(topic: string, resource: string, context: Context): Promise<readonly RawItem[]> {
  const base: Base = topic.startsWith(GLOBAL) ? '/marketplace' : '';
  // A bare id, or a path with the id at its end.
  const id = resource.split('?')[0]?.split('/').filter(Boolean).at(-1) ?? '';
  // It becomes part of a path, and nobody signed it.
  if (!/^[\w-]{1,100}$/.test(id)) {
    context.log.warn('A notification points to nothing that can be read', { topic });
    return [];
  }
  switch (base ? topic.slice(GLOBAL.length) : topic) {
    case 'messages':
      return readMessage(id, base, context);
    // A topic of our own: see the poller of unread conversations.
    case 'conversation':
      return readConversation(resource, context);
    case 'questions':
      return readQuestion(id, base, context);
    case 'orders_v2':
    case 'orders':
      return readOrder(id, base, context);
    case 'shipments':
      return readShipment(id, context);
    case 'post_purchase':
    case 'claims':
      return readClaim(id, context);
    default:
      context.log.info('A notification of a topic without messages', { topic });
      return [];
  }
}

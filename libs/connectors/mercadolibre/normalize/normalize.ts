import type { AccountFacts, ChannelEvent, RawItemContent } from '@parley/connector';
import type { Settings } from '../settings';
import { rawSchema } from '../shapes';
import { claimMessageEvents, claimState } from './claims';
import { messageEvents } from './messages';
import { orderFacts } from './orders';
import { questionEvents } from './questions';

export function normalize(content: RawItemContent, account: AccountFacts<Settings>): readonly ChannelEvent[] {
  if (!('json' in content)) throw new TypeError('Mercado Libre items are JSON');
  const raw = rawSchema.parse(content.json);
  switch (raw.kind) {
    case 'message':
      return messageEvents(raw, account);
    case 'question':
      return questionEvents(raw, account);
    case 'order':
      return [orderFacts(raw, account)];
    case 'claim-message':
      return claimMessageEvents(raw, account);
    case 'claim':
      return [claimState(raw)];
  }
}

import { accountFacts, channelContext, connectorFor } from '@parley/channels';
import type { AccountFacts, ChannelContext, Connector } from '@parley/connector';
import type { Account, House } from '@parley/runtime';

/** What understanding asks of the channels; specs give a scripted one. */
export interface Channels {
  connectorFor(channel: string): Connector | undefined;
  factsOf(account: Account): AccountFacts<any>;
  contextFor(account: Account, signal: AbortSignal): ChannelContext<any>;
}

export const channelsOf = (house: House): Channels => ({
  connectorFor,
  factsOf: (account) => accountFacts(account, house.secrets),
  contextFor: (account, signal) => channelContext(house, account, signal),
});

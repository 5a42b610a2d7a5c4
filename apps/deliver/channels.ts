import { channelContext, connectorFor, openMediaFor } from '@parley/channels';
import type { ChannelContext, Connector, SendContext } from '@parley/connector';
import type { Account, House } from '@parley/runtime';

/** What sending asks of the channels; specs give a scripted one. */
export interface Channels {
  connectorFor(channel: string): Connector | undefined;
  contextFor(account: Account, signal: AbortSignal): ChannelContext<any>;
  openMediaFor(merchantId: string): SendContext<any>['openMedia'];
}

export const channelsOf = (house: House): Channels => ({
  connectorFor,
  contextFor: (account, signal) => channelContext(house, account, signal),
  openMediaFor: (merchantId) => openMediaFor(house, merchantId),
});

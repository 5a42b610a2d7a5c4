import { accountFacts, channelContext, connectorFor } from '@parley/channels';
import type { AccountFacts, ChannelContext, Connector, WebhookReceiver } from '@parley/connector';
import type { Account, House } from '@parley/runtime';

/** What taking in asks of the channels; specs give a scripted one. */
export interface Channels {
  connectorFor(channel: string): Connector | undefined;
  factsOf(account: Account): AccountFacts<any>;
  contextFor(account: Account, signal: AbortSignal): ChannelContext<any>;
}

/** It is injected by this name. */
export const CHANNELS = Symbol('channels');

export const channelsOf = (house: House): Channels => ({
  connectorFor,
  factsOf: (account) => accountFacts(account, house.secrets),
  contextFor: (account, signal) => channelContext(house, account, signal),
});

export const webhookOf = (connector: Connector | undefined): WebhookReceiver<any> | undefined =>
  connector?.receive.find((receiver) => receiver.kind === 'webhook');

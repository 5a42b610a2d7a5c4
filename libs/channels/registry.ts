import type { Connector } from '@parley/connector';
import { connectors } from '@parley/connectors';

export const allConnectors: readonly Connector[] = connectors;

const byChannel = new Map(allConnectors.map((connector) => [connector.channel, connector]));

export const connectorFor = (channel: string): Connector | undefined => byChannel.get(channel);

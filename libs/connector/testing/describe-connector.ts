import type { Connector } from '@parley/connector';
import type { ConnectorDriver } from './driver';
import { describeInbound } from './inbound';
import { describeRender } from './render';
import { describeSend } from './send';
import { describeSettings } from './settings';

/**
 * The conformance kit: what every connector has to keep, whatever its channel. Call it at the top of a spec file; it
 * registers Jest tests.
 */
export function describeConnector(connector: Connector, driver: ConnectorDriver): void {
  describe(`${connector.channel} keeps the connector contract`, () => {
    describeSettings(connector, driver);
    describeInbound(connector, driver);
    describeRender(connector, driver);
    describeSend(connector, driver);
  });
}

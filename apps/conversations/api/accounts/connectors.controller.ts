import { Controller } from '@nestjs/common';
import { allConnectors } from '@parley/channels';
import type { Connector } from '@parley/connector';
import { z } from 'zod';
import { Call } from '../call/call';
import { settingsSchema } from './settings-form';

const connectorSchema = z.object({
  channel: z.string(),
  title: z.string(),
  capabilities: z.record(z.string(), z.unknown()),
  /** Optional abilities the connector has. */
  abilities: z.array(z.string()),
  /** How messages come in. */
  receives: z.array(z.enum(['webhook', 'poll', 'stream'])),
  settings: z.record(z.string(), z.unknown()).describe('JSON Schema 2020-12; secrets are `writeOnly`.'),
});

const ABILITIES = ['check', 'downloadMedia', 'reconcile', 'markRead', 'react', 'addressFor'] as const;

@Controller()
export class ConnectorsController {
  @Call('GET /v1/connectors', {
    summary: 'Every kind of channel: what it can do, and the settings it takes',
    tag: 'Accounts',
    scopes: ['messages:read', 'messages:write', 'bot', 'events:read'],
    answer: z.object({ data: z.array(connectorSchema), nextCursor: z.null() }),
  })
  list() {
    return { data: allConnectors.map(shown), nextCursor: null };
  }
}

const shown = (connector: Connector) => ({
  channel: connector.channel,
  title: connector.title,
  capabilities: connector.capabilities,
  abilities: ABILITIES.filter((ability) => connector[ability] !== undefined),
  receives: [...new Set(connector.receive.map((receiver) => receiver.kind))],
  settings: settingsSchema(connector),
});

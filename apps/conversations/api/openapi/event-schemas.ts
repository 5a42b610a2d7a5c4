import { cloudEventSchema, dataSchemaPath, type EventType, eventTypes } from '@parley/model';
import { z } from 'zod';
import { clientMessage } from '../../realtime/client-message';
import { grows } from './components';

type Json = Record<string, unknown>;

export const eventTypeNames = Object.keys(eventTypes) as EventType[];

/** JSON Schema of what an event carries in `data`. */
export function eventSchema(type: EventType, publicUrl: string): Json {
  const { $schema, ...schema } = z.toJSONSchema(eventTypes[type], { override: grows });
  return { $schema, $id: `${publicUrl}${dataSchemaPath(type)}`, title: type, ...schema };
}

const nounOf = (type: EventType): string => type.split('.').slice(1, -1).join('.');

/** AsyncAPI 3 (https://www.asyncapi.com/docs/reference/specification/v3.0.0) of the event stream and of the realtime socket. */
export function asyncApi(publicUrl: string, version: string): Json {
  const { host, protocol } = new URL(publicUrl);
  const secure = protocol === 'https:';
  const events = Object.fromEntries(eventTypeNames.map((type) => [type, { $ref: `#/components/messages/${type}` }]));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parley events',
      version,
      description: 'CloudEvents 1.0 in structured JSON, in order per conversation. A schema only grows.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/cloudevents+json',
    servers: {
      realtime: { host, protocol: secure ? 'wss' : 'ws', description: 'For pages: subscribe with a cursor.' },
      http: { host, protocol: secure ? 'https' : 'http', description: 'For programs: history in pages, and live.' },
      kafka: {
        host: 'kafka:9092',
        protocol: 'kafka',
        description: 'The distributed mode: topic parley.events, key = conversation id.',
      },
    },
    channels: {
      events: {
        address: 'parley.events',
        servers: [{ $ref: '#/servers/kafka' }],
        messages: events,
      },
      stream: { address: '/v1/events', servers: [{ $ref: '#/servers/http' }], messages: events },
      realtime: {
        address: '/v1/realtime',
        servers: [{ $ref: '#/servers/realtime' }],
        messages: {
          event: { $ref: '#/components/messages/event' },
          ready: { $ref: '#/components/messages/ready' },
          fromClient: { $ref: '#/components/messages/fromClient' },
        },
      },
    },
    operations: {
      readEvents: { action: 'send', channel: { $ref: '#/channels/events' } },
      followEvents: { action: 'send', channel: { $ref: '#/channels/stream' } },
      tell: {
        action: 'send',
        channel: { $ref: '#/channels/realtime' },
        messages: [{ $ref: '#/channels/realtime/messages/event' }, { $ref: '#/channels/realtime/messages/ready' }],
      },
      listen: {
        action: 'receive',
        channel: { $ref: '#/channels/realtime' },
        messages: [{ $ref: '#/channels/realtime/messages/fromClient' }],
      },
    },
    components: { messages: { ...eventMessages(publicUrl), ...socketMessages() } },
  };
}

function eventMessages(publicUrl: string): Json {
  const envelope = withoutDialect(z.toJSONSchema(cloudEventSchema, { override: grows }));
  return Object.fromEntries(
    eventTypeNames.map((type) => [
      type,
      {
        name: type,
        title: nounOf(type),
        contentType: 'application/cloudevents+json',
        payload: {
          allOf: [
            envelope,
            { type: 'object', properties: { type: { const: type }, data: withoutDialect(eventSchema(type, publicUrl)) } },
          ],
        },
      },
    ]),
  );
}

function socketMessages(): Json {
  const cursor = { type: 'string', description: 'Where to go on after a break.' };
  const message = (name: string, properties: Json) => ({
    name,
    contentType: 'application/json',
    payload: {
      type: 'object',
      properties: { type: { const: name }, ...properties },
      required: ['type', ...Object.keys(properties)],
    },
  });
  return {
    event: message('event', { cursor, event: withoutDialect(z.toJSONSchema(cloudEventSchema, { override: grows })) }),
    ready: message('ready', { cursor }),
    fromClient: {
      name: 'fromClient',
      contentType: 'application/json',
      payload: withoutDialect(z.toJSONSchema(clientMessage, { io: 'input' })),
    },
  };
}

function withoutDialect({ $schema: _schema, $id: _id, ...schema }: Json): Json {
  return schema;
}

import type { z } from 'zod';
import { type DescribedCall, describedCalls } from '../call/call';
import { Components } from './components';

type Json = Record<string, unknown>;
type JsonSchema = z.core.JSONSchema.JSONSchema;

/** OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0) of all calls, from the schemas that check them. */
export function openApi(publicUrl: string, version: string): Json {
  const components = new Components();
  const described = describedCalls.map((call) => ({ call, operation: operationOf(call, components) }));
  const schemas = components.all();
  const paths: Record<string, Json> = {};
  for (const { call, operation } of described) {
    const path = call.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [call.verb.toLowerCase()]: inlined(operation, schemas) };
  }
  const named = Object.fromEntries(Object.entries(schemas).filter(([id]) => !isInline(id)));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version,
      description: 'Every buyer in one translated conversation, whatever the channel.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: publicUrl }],
    tags: [...new Set(describedCalls.map((call) => call.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...(inlined(named, schemas) as Json), Problem: problem },
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key of the merchant.' },
        operator: { type: 'http', scheme: 'bearer', description: 'The key of the operator (PARLEY_OPERATOR_KEY).' },
      },
    },
  };
}

function operationOf(call: DescribedCall, components: Components): Json {
  const status = call.status ?? 200;
  return {
    operationId: operationId(call),
    summary: call.summary,
    ...(call.description ? { description: call.description } : {}),
    tags: [call.tag],
    security: securityOf(call),
    parameters: [
      ...call.params.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...(call.query ? [{ query: components.add(call.query, 'input') }] : []),
      ...(call.once ? [idempotencyKey] : []),
    ],
    ...bodyOf(call, components),
    responses: { [status]: answerOf(call, components), default: { description: 'A problem', content: problemContent } },
  };
}

const securityOf = ({ scopes }: DescribedCall): Json[] =>
  scopes === 'open' ? [] : scopes === 'operator' ? [{ operator: [] }] : [{ key: [...scopes] }];

function bodyOf(call: DescribedCall, components: Components): Json {
  if (call.bodyTypes) {
    const file = { type: 'string', format: 'binary' };
    const form = { type: 'object', properties: { file }, required: ['file'] };
    const content = call.bodyTypes.map((type) => [type, { schema: type.startsWith('multipart/') ? form : file }]);
    return { requestBody: { required: true, content: Object.fromEntries(content) } };
  }
  if (!call.body) return {};
  return { requestBody: { content: { 'application/json': { schema: components.add(call.body, 'input') } } } };
}

function answerOf(call: DescribedCall, components: Components): Json {
  const description = call.status === 202 ? 'Accepted' : 'Done';
  if (!call.answer) return { description };
  const schema = components.add(call.answer, 'output');
  const types = call.answerTypes ?? ['application/json'];
  return {
    description,
    content: Object.fromEntries(
      types.map((type) => [type, { schema: type === 'application/json' ? schema : { type: 'string' } }]),
    ),
    ...(call.once
      ? { headers: { 'Idempotency-Replayed': { description: 'The answer of the first time.', schema: { const: 'true' } } } }
      : {}),
  };
}

/** `GET /v1/conversations/:id/messages` → `getConversationsIdMessages` */
const operationId = ({ verb, path }: DescribedCall): string =>
  verb.toLowerCase() +
  path
    .split(/[/:-]+/)
    .filter((word) => word !== '' && word !== 'v1')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** Puts schemas without a name where they are used, and each parameter of a query on its own. */
function inlined(value: unknown, schemas: Readonly<Record<string, JsonSchema>>): unknown {
  if (Array.isArray(value)) return value.flatMap((inner) => parametersOf(inner, schemas) ?? [inlined(inner, schemas)]);
  if (typeof value !== 'object' || value === null) return value;
  const { $ref } = value as { $ref?: unknown };
  const id = typeof $ref === 'string' ? ($ref.split('/').at(-1) ?? '') : '';
  if (isInline(id)) return inlined(schemas[id], schemas);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inlined(inner, schemas)]));
}

function parametersOf(value: unknown, schemas: Readonly<Record<string, JsonSchema>>): Json[] | null {
  const { query } = (value ?? {}) as { query?: { $ref: string } };
  if (!query?.$ref) return null;
  const schema = schemas[query.$ref.split('/').at(-1) ?? ''];
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => {
    const { description, ...rest } = property as JsonSchema;
    const required = schema?.required?.includes(name) ?? false;
    return { name, in: 'query', required, ...(description ? { description } : {}), schema: inlined(rest, schemas) };
  });
}

const isInline = (id: string): boolean => /^Inline\d+$/.test(id);

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same body is done once and answered the same.',
  schema: { type: 'string', maxLength: 255 },
};

const problem = {
  type: 'object',
  description: 'RFC 9457. `code` is stable; `errors` names every problem of the request.',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          pointer: { type: 'string', description: 'JSON Pointer into the body.' },
          parameter: { type: 'string', description: 'Name of the query parameter or header.' },
          detail: { type: 'string' },
          code: { type: 'string' },
        },
        required: ['detail'],
      },
    },
    requestId: { type: 'string' },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'errors'],
};
const problemContent = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

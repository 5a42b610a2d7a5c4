import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, propagation, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { apps } from '../apps/parley/apps';
import { type RunningHouse, startApps } from '../libs/runtime';
import { FakeGraph, postWebhook, statusBody, textsBody } from './support/fake-graph';
import { FakeTranslation } from './support/fake-translation';
import { callJson, eventually } from './support/house';

const KEY = 'key-of-the-first-merchant-in-this-test';
const BUYER = '34600111222';
const SAID = 'Hola, ¿dónde está mi pedido AB-10234? Ya pasaron dos semanas.';
const ANSWERED = '您的订单 AB-10234 已经发货。';

const exporter = new InMemorySpanExporter();
let provider: NodeTracerProvider;
let running: RunningHouse;
let graph: FakeGraph;
let translation: FakeTranslation;
let dataDir: string;
let webhook: string;

beforeAll(async () => {
  provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.register();
  graph = await new FakeGraph().start();
  translation = await new FakeTranslation().start();
  dataDir = await mkdtemp(join(tmpdir(), 'parley-test-tracing-'));
  running = await startApps(apps, {
    env: {
      ...translation.env,
      PARLEY_DATA_DIR: dataDir,
      PARLEY_PORT: '0',
      PARLEY_API_KEY: KEY,
      PARLEY_MERCHANT_LANGUAGE: 'zh-CN',
      PARLEY_ALLOW_PRIVATE_HOSTS: '1',
      PARLEY_RATE_LIMIT: '0',
      PARLEY_LOG_LEVEL: 'silent',
    },
  });
  const { id } = await ok('POST', '/v1/accounts', { channel: 'whatsapp', name: 'WhatsApp', settings: graph.settings });
  webhook = `${running.url}/channels/${id}/webhook`;
}, 120_000);
afterAll(async () => {
  await running?.stop();
  await provider?.shutdown();
  trace.disable();
  context.disable();
  propagation.disable();
  await graph?.stop();
  await translation?.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}, 60_000);

async function ok(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<any> {
  const answer = await callJson(running.url + path, method, body, { authorization: `Bearer ${KEY}`, ...headers });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const spans = (): ReadableSpan[] => exporter.getFinishedSpans();
const namesOf = (traceId: string) => spans().flatMap((span) => (span.spanContext().traceId === traceId ? [span.name] : []));
const spanOf = (name: string) => spans().findLast((span) => span.name === name) as ReadableSpan;
/** From a span up to where its trace began. */
function upFrom(span: ReadableSpan): string[] {
  const above = spans().find((each) => each.spanContext().spanId === span.parentSpanContext?.spanId);
  return above ? [span.name, ...upFrom(above)] : [span.name];
}

it('shows in one trace the way of a message from the webhook to the answer at the provider', async () => {
  await postWebhook(webhook, textsBody({ id: 'wamid.in.1', from: BUYER, text: SAID }));
  const { data } = await eventually(
    () => ok('GET', '/v1/conversations'),
    (page) => page.data[0]?.lastMessage?.translatedText,
  );
  await ok('POST', `/v1/conversations/${data[0].id}/messages`, { text: ANSWERED }, { 'idempotency-key': 'reply-1' });
  await eventually(
    async () => graph.sent.length,
    (sent) => sent === 1,
  );
  await eventually(
    async () => spans().filter(({ name }) => name === 'conversations outbound.delivery').length,
    (told) => told >= 3,
  );

  expect(upFrom(spanOf('send whatsapp'))).toEqual([
    'send whatsapp',
    'deliver outbound.translated',
    'translate outbound.message',
    'reply',
    'normalize inbound.raw',
    'ingest items',
    'POST /channels/:accountId/webhook',
  ]);
  const { traceId } = spanOf('send whatsapp').spanContext();
  expect(namesOf(traceId).sort()).toEqual(
    [
      'POST /channels/:accountId/webhook',
      'ingest items',
      'normalize inbound.raw',
      'conversations inbound.message',
      'translate inbound.message',
      'translate text',
      'conversations inbound.translated',
      'reply',
      'conversations outbound.message',
      'translate outbound.message',
      'translate text',
      'conversations outbound.translated',
      'deliver outbound.translated',
      'send whatsapp',
      // Queued, being sent, sent.
      ...Array.from({ length: 3 }, () => 'conversations outbound.delivery'),
    ].sort(),
  );
  const request = spanOf('POST /v1/conversations/:id/messages').spanContext();
  expect(request.traceId).not.toBe(traceId);
  expect(spanOf('reply').links.map((link) => link.context.traceId)).toEqual([request.traceId]);
  expect(spanOf('send whatsapp').attributes).toMatchObject({
    'parley.channel': 'whatsapp',
    'parley.external_id': 'wamid.sent.1',
  });
  expect(spanOf('translate text').attributes).toMatchObject({ 'parley.engine': 'libretranslate', 'parley.outcome': 'done' });
}, 60_000);

it('goes on with the trace of a caller who has a key, and not with that of a stranger', async () => {
  const [theirs, ours] = ['a', 'b'].map((digit) => digit.repeat(32)) as [string, string];
  const parent = (traceId: string) => ({ traceparent: `00-${traceId}-${'c'.repeat(16)}-01` });
  await ok('GET', '/v1/connectors', undefined, parent(ours));
  const body = statusBody('wamid.sent.1', 'delivered', BUYER);
  await callJson(webhook, 'POST', body, { ...parent(theirs), 'x-hub-signature-256': 'sha256=00' });
  await eventually(
    async () => namesOf(ours),
    (names) => names.includes('GET /v1/connectors'),
  );
  expect(namesOf(theirs)).toEqual([]);
  const refused = spanOf('POST /channels/:accountId/webhook');
  expect(refused.attributes).toMatchObject({ 'http.response.status_code': 401 });
  expect(refused.links.map((link) => link.context.traceId)).toEqual([theirs]);
});

it('shows that a send did not end well, by its kind', async () => {
  const [conversation] = (await ok('GET', '/v1/conversations')).data;
  graph.script.push((_body, response) => void response.writeHead(400).end('{"error":{"code":131026,"message":"Hola"}}'));
  await ok('POST', `/v1/conversations/${conversation.id}/messages`, { text: '请您放心。' });
  await eventually(
    async () => spanOf('send whatsapp'),
    (span) => span.status.code === 2,
  );
  expect(spanOf('send whatsapp').attributes['error.type']).toEqual(expect.stringMatching(/^[\w-]+$/));
});

it('keeps what people wrote, and secrets, out of the spans', () => {
  const told = JSON.stringify(
    spans().map(({ name, attributes, events, status, links }) => ({ name, attributes, events, status, links })),
  );
  for (const secret of [
    SAID,
    ANSWERED,
    BUYER,
    'pedido',
    'Hola',
    graph.settings['accessToken'],
    graph.settings['verifyToken'],
    KEY,
  ])
    expect(told).not.toContain(secret);
});

import { type ChannelEvent, type Connector, WebhookRejection, type WebhookRequest } from '@parley/connector';
import type { ConnectorDriver, ItemsInbound, WebhookInbound } from './driver';
import {
  accountOf,
  contextOf,
  LogSpy,
  messagesIn,
  normalizeAll,
  receive,
  receiveOne,
  SIGNING_KEY,
  samples,
  someMessage,
  textOf,
  throughTheLog,
  webhookOf,
} from './stage';

const BATCH = 25;
/** A request is answered in a small part of what a channel waits. */
const ACCEPT_MS_MAX = 1_500;

export function describeInbound(connector: Connector, driver: ConnectorDriver): void {
  describe('what comes in', () => {
    // Notices are read from the provider, so it has to be there.
    let account = accountOf(connector, driver);
    let close: () => Promise<void> = async () => {};
    beforeAll(async () => {
      if (!driver.outbound.provider) return;
      const provider = await driver.outbound.provider();
      close = () => provider.close();
      account = accountOf(connector, driver, provider.url);
    });
    afterAll(() => close());

    it('is taken whole, once each and in order', async () => {
      const sent = samples(BATCH);
      const items = await receive(connector, driver, sent, account);
      const messages = messagesIn(await normalizeAll(connector, items, account));
      expect(messages).toHaveLength(BATCH);
      messages.forEach((message, index) => {
        expect(textOf(message)).toContain(sent[index]?.text);
        expect(message.sentAt).toBeInstanceOf(Date);
        expect(Number.isNaN(message.sentAt.getTime())).toBe(false);
      });
      expect(new Set(items.map((item) => item.dedupeKey)).size).toBe(BATCH);
      expect(new Set(messages.map((message) => message.externalId)).size).toBe(BATCH);
      expect(new Set(messages.map((message) => message.thread.key)).size).toBe(2);
    });

    it('keeps one order per conversation', async () => {
      const items = await receive(connector, driver, samples(6), account);
      const orderKeys = new Map<string, Set<string | undefined>>();
      for (const item of items) {
        for (const { thread } of messagesIn(await normalizeAll(connector, [item], account)))
          orderKeys.set(thread.key, (orderKeys.get(thread.key) ?? new Set()).add(item.orderKey));
      }
      for (const keys of orderKeys.values()) expect(keys.size).toBe(1);
    });

    it('is recognised when it comes again, alone, late or in another order', async () => {
      const sent = samples(6);
      const keyed = async (messages: typeof sent) => {
        const items = await receive(connector, driver, messages, account);
        const ids = messagesIn(await normalizeAll(connector, items, account)).map((message) => message.externalId);
        return new Map(items.map((item, index) => [item.dedupeKey, ids[index]]));
      };
      const first = await keyed(sent);
      const again = await keyed([...sent].reverse());
      expect([...again.keys()].sort()).toEqual([...first.keys()].sort());
      for (const [key, id] of first) expect(again.get(key)).toBe(id);
      for (const one of sent) for (const key of (await keyed([one])).keys()) expect(first.has(key)).toBe(true);
    });

    it('says the same whenever it is read, and is not changed by reading', async () => {
      for (const item of await receive(connector, driver, samples(3), account)) {
        const content = throughTheLog(item.content);
        const before = JSON.stringify(content);
        const once = await connector.normalize(content, account);
        const twice = await connector.normalize(throughTheLog(item.content), account);
        expect(twice).toEqual(once);
        expect(JSON.stringify(content)).toBe(before);
      }
    });

    it('can be answered: the reply address is plain JSON', async () => {
      const event = await someMessage(connector, driver, account);
      expect(Object.keys(event.thread.address).length).toBeGreaterThan(0);
      expect(JSON.parse(JSON.stringify(event.thread.address))).toEqual(event.thread.address);
      expect(event.contact.address).not.toBe('');
      expect(event.author.kind).toBe('buyer');
    });

    if (driver.inbound.unknownKind) {
      it('is never dropped when its kind is unknown', async () => {
        const events = await normalizeUnknown(connector, driver, account);
        const parts = messagesIn(events).flatMap((message) => message.parts);
        expect(parts.length).toBeGreaterThan(0);
        for (const part of parts) if (part.kind === 'unsupported') expect(part.summary).not.toBe('');
        expect(parts.some((part) => part.kind === 'unsupported' || part.kind === 'text' || part.kind === 'media')).toBe(true);
      });
    }

    if (driver.inbound.kind === 'webhook') describeWebhook(connector, driver.inbound, () => account);
  });
}

async function normalizeUnknown(connector: Connector, driver: ConnectorDriver, account: any): Promise<ChannelEvent[]> {
  const [sample] = samples(1, 'unknown');
  const { inbound } = driver;
  if (!sample || !inbound.unknownKind) return [];
  const items =
    inbound.kind === 'webhook'
      ? await receiveOne(connector, (inbound as Required<WebhookInbound>).unknownKind(sample, SIGNING_KEY), account)
      : [(inbound as Required<ItemsInbound>).unknownKind(sample)];
  return normalizeAll(connector, items, account);
}

function describeWebhook(connector: Connector, inbound: WebhookInbound, account: () => any): void {
  const accept = (request: WebhookRequest) => webhookOf(connector).accept(request, account());
  const rejection = (request: WebhookRequest): WebhookRejection => {
    try {
      accept(request);
    } catch (error) {
      if (error instanceof WebhookRejection) return error;
      throw new Error('Not a WebhookRejection', { cause: error });
    }
    throw new Error('The request was accepted');
  };
  const one = (): WebhookRequest => {
    const [request] = inbound.requests(samples(1), SIGNING_KEY);
    if (!request) throw new Error('The driver gave no request');
    return request;
  };

  const { signature } = inbound;
  if (signature) {
    const { header } = signature;
    const signed = () => one().headers[header] ?? '';
    const withHeader = (value: string | undefined): WebhookRequest => {
      const request = one();
      const { [header]: _signature, ...headers } = request.headers;
      return { ...request, headers: value === undefined ? headers : { ...headers, [header]: value } };
    };
    it('is refused with 401 when forged', () => {
      const last = signed().at(-1) === '0' ? '1' : '0';
      for (const value of [
        undefined,
        '',
        'sha256=',
        'nonsense',
        `${signed().slice(0, -2)}${last}${last}`,
        `${signed()}00`,
        signed().slice(0, -2),
      ])
        expect(rejection(withHeader(value)).status).toBe(401);
    });
    if (signature.overBody)
      it('is refused with 401 when the signature belongs to another body', () => {
        const request = one();
        const other = Buffer.from(request.rawBody.toString('utf8').replace('question 1', 'question 9'));
        expect(rejection({ ...request, rawBody: other }).status).toBe(401);
        expect(rejection({ ...request, rawBody: Buffer.concat([request.rawBody, Buffer.from(' ')]) }).status).toBe(401);
        expect(rejection({ ...request, rawBody: Buffer.alloc(0) }).status).toBe(401);
      });
  }

  it('is refused with 400 and a pointer when malformed', () => {
    const bodies = [
      Buffer.alloc(0),
      Buffer.from('{"half":'),
      Buffer.from('not json'),
      Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0xc3, 0x28, 0x22, 0x7d]),
      ...(inbound.malformed ?? [5, null, [], {}]).map((body) => Buffer.from(JSON.stringify(body))),
    ];
    for (const body of bodies) {
      const refused = rejection(inbound.sign(body, SIGNING_KEY));
      expect({ body: body.toString('latin1'), status: refused.status }).toEqual({ body: body.toString('latin1'), status: 400 });
      expect(refused.pointer).toEqual(expect.any(String));
    }
  });

  it('never makes the process fall, whatever JSON is signed', async () => {
    const deep = `${'['.repeat(2_000)}${']'.repeat(2_000)}`;
    for (const body of ['{"__proto__":{"polluted":true}}', deep, '{"entry":[null,5,{}]}', '"\\ud800"', '1e999']) {
      try {
        const acceptance = accept(inbound.sign(Buffer.from(body), SIGNING_KEY));
        for (const item of acceptance.items) await Promise.resolve(connector.normalize(item.content, account())).catch(() => []);
      } catch (error) {
        if (!(error instanceof WebhookRejection) && !(error instanceof TypeError))
          expect((error as Error).name).toMatch(/Error$/);
      }
    }
    expect(({} as any).polluted).toBeUndefined();
  });

  it('takes or refuses a body of 3 MB, quickly', () => {
    const messages = inbound.batches ? samples(10_000) : samples(1).map((sample) => ({ ...sample, text: 'ñ'.repeat(1_500_000) }));
    const requests = inbound.requests(messages, SIGNING_KEY);
    let taken = 0;
    const startedAt = performance.now();
    for (const request of requests) {
      try {
        const { items, notices = [] } = accept(request);
        taken += items.length + notices.length;
      } catch (error) {
        expect(error).toBeInstanceOf(WebhookRejection);
        if (inbound.batches) throw error;
      }
    }
    expect(performance.now() - startedAt).toBeLessThan(ACCEPT_MS_MAX * requests.length);
    if (inbound.batches) expect(taken).toBe(messages.length);
  });

  if (inbound.sickBatch) {
    const { sickBatch } = inbound;
    it('loses no neighbour of an unreadable element, and keeps the element', async () => {
      const [first, last] = samples(2, 'neighbour');
      if (!first || !last) return;
      const { items } = accept(sickBatch(first, last, SIGNING_KEY));
      expect(items).toHaveLength(3);
      expect(new Set(items.map((item) => item.dedupeKey)).size).toBe(3);
      const texts: string[] = [];
      for (const item of items) {
        const events = await Promise.resolve()
          .then(() => connector.normalize(throughTheLog(item.content), account()))
          .catch(() => []);
        texts.push(...messagesIn(events).map(textOf).filter(Boolean));
      }
      expect(texts).toEqual([expect.stringContaining(first.text), expect.stringContaining(last.text)]);
    });
  }

  it('is read again from the same notice without making anything new', async () => {
    const receiver = webhookOf(connector);
    const { read } = receiver;
    if (!read) return;
    for (const notice of inbound.requests(samples(2), SIGNING_KEY).flatMap((request) => accept(request).notices ?? [])) {
      const keys = async () => (await read(notice, contextOf(account(), new LogSpy()))).map((item) => item.dedupeKey);
      expect(await keys()).toEqual(await keys());
    }
  });
}

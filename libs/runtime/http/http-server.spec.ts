import 'reflect-metadata';
import { connect } from 'node:net';
import { Body, Controller, Get, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { LogUnavailableError } from '@parley/event-log';
import type { FastifyRequest } from 'fastify';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { createLogger } from '../logger';
import { TakesBody } from './body';
import { createHttpServer } from './http-server';
import { ProblemError, parsed } from './problem';
import { ProblemFilter } from './problem-filter';

const order = z.object({ items: z.array(z.object({ sku: z.string() })), note: z.string() });

@Controller()
class TestController {
  @Get('things/:id')
  thing(): object {
    return { id: 1 };
  }

  @Post('orders')
  order(@Body() body: unknown, @Req() request: FastifyRequest): object {
    return { order: parsed(order, body), bytes: request.rawBody?.length };
  }

  @Post('hook')
  @TakesBody({ raw: true, maxBytes: 100 })
  hook(@Req() request: FastifyRequest): object {
    return { raw: request.rawBody?.toString('base64'), same: request.body === request.rawBody };
  }

  @Get('hook')
  @TakesBody({ raw: true })
  handshake(@Req() request: FastifyRequest): object {
    return { raw: request.rawBody?.toString('base64') };
  }

  @Get('fails/:how')
  fails(@Req() request: FastifyRequest<{ Params: { how: string } }>): never {
    if (request.params.how === 'log') throw new LogUnavailableError('the brokers at 10.1.2.3 are away');
    if (request.params.how === 'problem') {
      throw new ProblemError(409, 'taken-over', 'A person took over.', {
        headers: { 'x-owner': '7' },
        extensions: { generation: 7 },
      });
    }
    throw new Error('password=hunter2 in /srv/secret');
  }
}

@Module({ controllers: [TestController] })
class TestModule {}

let nest: NestFastifyApplication;
let url: string;
const metrics = new Registry();
beforeAll(async () => {
  const log = createLogger({ name: 'test', level: 'silent' });
  const { adapter, routes } = createHttpServer(log, metrics);
  nest = await NestFactory.create<NestFastifyApplication>(TestModule, adapter, { logger: false, bodyParser: false });
  nest.useGlobalFilters(new ProblemFilter(log, routes));
  await nest.listen(0, '127.0.0.1');
  url = (await nest.getUrl()).replace('[::1]', '127.0.0.1');
});
afterAll(() => nest.close());

const post = (path: string, body: string | Buffer, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(`${url}${path}`, { method: 'POST', body, headers });

async function problemOf(response: Response): Promise<any> {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const body = (await response.json()) as { status: number; requestId: string };
  expect(body.status).toBe(response.status);
  expect(body.requestId).toBe(response.headers.get('x-request-id'));
  return body;
}

describe('the HTTP server', () => {
  it('lists every problem of a body, by its place', async () => {
    const problem = await problemOf(await post('/orders', '{"items":[{"sku":1},{}]}'));
    expect(problem).toMatchObject({
      status: 400,
      code: 'invalid-body',
      title: 'Bad Request',
      type: 'urn:parley:problem:invalid-body',
    });
    expect(problem.errors.map((error: { pointer: string }) => error.pointer)).toEqual(['/items/0/sku', '/items/1/sku', '/note']);
  });

  it('keeps the bytes beside what they say', async () => {
    const body = '{"items": [], "note": "¡hola!"}';
    expect(await (await post('/orders', body)).json()).toEqual({
      order: { items: [], note: '¡hola!' },
      bytes: Buffer.byteLength(body),
    });
  });

  it.each([
    ['no JSON', '{"items":', 400, 'malformed-body'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 400, 'malformed-body'],
    ['no body', '', 400, 'invalid-body'],
    ['a body over the limit', `"${'x'.repeat(5 * 1024 * 1024)}"`, 413, 'too-large'],
  ])('refuses %s', async (_, body, status, code) => {
    expect(await problemOf(await post('/orders', body as string))).toMatchObject({ status, code });
  });

  it('refuses other types and packed bodies, whose size the sender decides', async () => {
    const xml = await post('/orders', '<x/>', { 'content-type': 'application/xml' });
    expect(await problemOf(xml)).toMatchObject({ status: 415, code: 'unsupported-media-type' });
    const packed = await post('/hook', 'x', { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    expect(await problemOf(packed)).toMatchObject({ status: 415, code: 'unsupported-encoding' });
  });

  it('lets no body reach the prototype', async () => {
    const response = await post('/orders', '{"items":[],"note":"x","__proto__":{"admin":true},"\\u005f_proto__":{"admin":true}}');
    expect(await response.json()).toMatchObject({ order: { items: [], note: 'x' } });
  });

  it.each([
    ['application/json', '{"not json'],
    ['application/xml', '<xml/>'],
    ['text/plain', ''],
    ['multipart/form-data; boundary=x', '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'],
    ['application/x-www-form-urlencoded', 'a=1&b=%FF'],
  ])('gives a webhook the bytes of %s', async (type, body) => {
    const response = await post('/hook', body, { 'content-type': type });
    expect(await response.json()).toEqual({ raw: Buffer.from(body).toString('base64'), same: true });
  });

  it('gives a webhook bytes without a type, and none for a GET', async () => {
    const response = await fetch(`${url}/hook`, { method: 'POST', body: Buffer.from([0, 255]) });
    expect(await response.json()).toEqual({ raw: 'AP8=', same: true });
    expect(await (await fetch(`${url}/hook`)).json()).toEqual({ raw: '' });
  });

  it('holds a route to its own limit, whatever the type', async () => {
    for (const type of ['application/json', 'multipart/form-data; boundary=x']) {
      expect((await post('/hook', 'x'.repeat(101), { 'content-type': type })).status).toBe(413);
    }
  });

  it('tells an unknown address from a wrong method', async () => {
    expect(await problemOf(await fetch(`${url}/nowhere`))).toMatchObject({ status: 404, code: 'not-found' });
    const response = await fetch(`${url}/things/1?x=1`, { method: 'DELETE' });
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await problemOf(response)).toMatchObject({ status: 405, code: 'method-not-allowed' });
    expect((await fetch(`${url}/things/%E0%A4%A`)).status).toBe(400);
  });

  it('says nothing of its inside', async () => {
    for (const how of ['oops', 'log']) {
      const response = await fetch(`${url}/fails/${how}`);
      const text = JSON.stringify(await problemOf(response.clone()));
      expect(text).not.toMatch(/hunter2|secret|10\.1\.2\.3/);
      expect(response.status).toBe(how === 'log' ? 503 : 500);
      if (how === 'log') expect(response.headers.get('retry-after')).toBe('2');
    }
  });

  it('passes on what a problem carries', async () => {
    const response = await fetch(`${url}/fails/problem`, { headers: { 'x-request-id': 'from-the-proxy-1' } });
    expect(response.headers.get('x-owner')).toBe('7');
    expect(await problemOf(response)).toMatchObject({
      status: 409,
      code: 'taken-over',
      generation: 7,
      requestId: 'from-the-proxy-1',
    });
  });

  it('stays alive when a request is broken off or is no HTTP at all', async () => {
    for (const bytes of ['POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{', '\x00\x01\x02\r\n\r\n']) {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname);
      await new Promise<void>((resolve) => socket.once('connect', resolve));
      socket.write(bytes);
      await new Promise((resolve) => setTimeout(resolve, 30));
      socket.destroy();
    }
    expect((await fetch(`${url}/things/1`)).status).toBe(200);
  });

  it('counts by route, never by address', async () => {
    const text = await metrics.metrics();
    expect(text).toContain('route="/things/:id"');
    expect(text).not.toContain('/things/1');
  });
});

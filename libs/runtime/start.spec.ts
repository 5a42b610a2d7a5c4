import 'reflect-metadata';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, Module, Req, Res } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WebSocket } from 'ws';
import { House } from './house';
import { type RunningHouse, startApps } from './start';

@Controller()
class TestController {
  constructor(private readonly house: House) {}

  @Get('slow')
  async slow(): Promise<object> {
    await new Promise((resolve) => setTimeout(resolve, 400));
    const { rows } = await this.house.database.query('*', 'SELECT 1 AS one');
    return rows[0];
  }

  @Get('stream')
  stream(@Req() _request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.raw.write(': hello\n\n');
    this.house.stopping.addEventListener('abort', () => reply.raw.end(': bye\n\n'));
  }
}

@WebSocketGateway({ path: '/rooms/:room/socket' })
class TestGateway {
  handleConnection(socket: WebSocket, request: { url: string }): void {
    socket.send(`hello ${request.url}`);
    socket.on('message', (data) => socket.send(`echo ${String(data)}`));
  }
}

@Module({ controllers: [TestController], providers: [TestGateway] })
class TestModule {}

let dataDir: string;
let running: RunningHouse;
const start = (env: Record<string, string> = {}) =>
  startApps([{ name: 'test', module: TestModule, migrations: [] }], {
    env: { PARLEY_DATA_DIR: dataDir, PARLEY_PORT: '0', PARLEY_LOG_LEVEL: 'silent', ...env },
  });
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-start-'));
  running = await start();
}, 60_000);
afterAll(async () => {
  await running?.stop();
  await rm(dataDir, { recursive: true, force: true });
}, 20_000);

const messageOf = (socket: WebSocket) =>
  new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))));

describe('a started house', () => {
  it('knows its own address though any free port was asked for', () => {
    expect(running.house.config.publicUrl).toBe(running.url);
    expect(new URL(running.url).port).toBe(String(running.house.config.port));
  });

  it('is alive, ready and measured', async () => {
    expect(await (await fetch(`${running.url}/healthz`)).json()).toEqual({ status: 'ok' });
    const ready = await fetch(`${running.url}/readyz`);
    expect({ status: ready.status, body: await ready.json() }).toMatchObject({
      status: 200,
      body: { status: 'ready', checks: { database: { ok: true }, log: { ok: true } } },
    });
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    expect(metrics).toContain('parley_http_request_duration_seconds_count');
    expect(metrics).toContain('process_resident_memory_bytes');
  });

  it('opens sockets at addresses with parameters, and no others', async () => {
    const address = running.url.replace('http', 'ws');
    const socket = new WebSocket(`${address}/rooms/7/socket?x=1`);
    expect(await messageOf(socket)).toBe('hello /rooms/7/socket?x=1');
    socket.send('a');
    expect(await messageOf(socket)).toBe('echo a');
    socket.close();
    const stranger = new WebSocket(`${address}/elsewhere`);
    expect(await new Promise((resolve) => stranger.once('error', (error) => resolve(error.message)))).toContain('404');
  });

  it('says that the port is taken before it starts anything', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await expect(start({ PARLEY_PORT: String(port) })).rejects.toMatchObject({ code: 'port-in-use' });
    other.close();
  });

  it('says that the data folder is in use', async () => {
    await expect(start()).rejects.toMatchObject({ code: 'data-dir-in-use' });
  }, 20_000);

  it('says it is not ready while the database is away, and is again by itself', async () => {
    const pid = Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.kill(pid, 'SIGKILL');
    const seen = new Set<number>();
    for (const giveUpAt = Date.now() + 20_000; Date.now() < giveUpAt && !(seen.has(503) && [...seen].at(-1) === 200); ) {
      const askedAt = Date.now();
      const { status } = await fetch(`${running.url}/readyz`);
      expect(Date.now() - askedAt).toBeLessThan(3_000);
      seen.delete(status);
      seen.add(status);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect([...seen]).toEqual([503, 200]);
  }, 30_000);

  it('answers what was asked, ends streams and sockets, and stops the database last', async () => {
    const slow = fetch(`${running.url}/slow`);
    const stream = await fetch(`${running.url}/stream`);
    const socket = new WebSocket(`${running.url.replace('http', 'ws')}/rooms/1/socket`);
    await messageOf(socket);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const startedAt = Date.now();
    const stopped = running.stop();
    expect(await (await slow).json()).toEqual({ one: 1 });
    expect(await stream.text()).toContain('bye');
    expect(await closed).toBe(1001);
    await stopped;
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    await expect(fetch(`${running.url}/healthz`)).rejects.toThrow();
    const servers = spawnSync('pgrep', ['-f', dataDir], { encoding: 'utf8' }).stdout.trim();
    expect(servers).toBe('');
  }, 20_000);

  it('starts again on the same data', async () => {
    running = await start();
    expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
  }, 20_000);
});

import dns from 'node:dns';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createHttp } from './guarded-http';
import { isPublicAddress } from './public-address';

let server: Server;
let port: number;
let connections = 0;
let seen: IncomingHttpHeaders = {};
beforeAll(async () => {
  server = createServer((request, response) => {
    seen = request.headers;
    if (request.url?.startsWith('/to?')) {
      response.writeHead(302, { location: decodeURIComponent(request.url.slice(4)) }).end();
    } else if (request.url === '/bomb') {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000)));
    } else if (request.url === '/drip') {
      response.writeHead(200);
      const drip = setInterval(() => response.write('.'), 50);
      response.on('close', () => clearInterval(drip));
    } else if (request.url !== '/silent') {
      response.end('inside');
    }
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  connections = 0;
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const guarded = createHttp({ allowPrivateHosts: false });
const open = createHttp({ allowPrivateHosts: true, timeoutMs: 200, deadlineMs: 500, answerBytesMax: 1_000_000 });

/** The resolver answers each look with the next of these. */
function resolving(...answers: string[][]): void {
  let look = 0;
  jest.spyOn(dns, 'lookup').mockImplementation(((_host: string, _options: object, callback: (...args: unknown[]) => void) => {
    const addresses = answers[Math.min(look++, answers.length - 1)] ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as never);
}

describe('the guarded HTTP client', () => {
  it.each([
    '127.0.0.1',
    'localhost',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '127.1',
    '0.0.0.0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::]',
  ])('never connects to %s', async (host) => {
    const error = await guarded.get(`http://${host}:${port}/`).catch((e) => e);
    expect(error.cause ?? error).toMatchObject({ code: 'private-address' });
    expect(connections).toBe(0);
  });

  it('judges the address a name leads to', async () => {
    resolving(['127.0.0.1']);
    await expect(guarded.get(`http://shop.example.com:${port}/`)).rejects.toMatchObject({
      message: expect.stringContaining('private or local'),
    });
    resolving(['::ffff:127.0.0.1', '10.0.0.7']);
    await expect(guarded.get(`http://shop.example.com:${port}/`)).rejects.toThrow('private or local');
    expect(connections).toBe(0);
  });

  it('is not fooled by a name that changes between two looks', async () => {
    resolving(['93.184.216.34'], ['127.0.0.1']);
    // Only one look is made, and its answer is what is connected to: nothing answers there.
    await guarded.get(`http://rebind.example.com:${port}/`, { timeout: 200 }).catch(() => undefined);
    await guarded.get(`http://rebind.example.com:${port}/`, { timeout: 200 }).catch(() => undefined);
    expect(connections).toBe(0);
  });

  it.each(['file:///etc/passwd', 'gopher://127.0.0.1/', 'data:text/plain,x', 'ftp://example.com/', 'nonsense'])(
    'does not ask %s',
    async (url) => {
      await expect(guarded.get(url)).rejects.toMatchObject({ code: 'bad-url' });
    },
  );

  it('ignores a proxy of the environment', async () => {
    process.env['http_proxy'] = `http://127.0.0.1:${port}`;
    try {
      await guarded.get('http://192.0.2.1/', { timeout: 100 }).catch(() => undefined);
      expect(connections).toBe(0);
    } finally {
      delete process.env['http_proxy'];
    }
  });
});

describe('where private hosts are allowed', () => {
  it('connects, and follows a redirect without the secrets of another host', async () => {
    const target = encodeURIComponent(`http://localhost:${port}/`);
    const { data } = await open.get(`http://127.0.0.1:${port}/to?${target}`, {
      headers: { authorization: 'Bearer x', 'x-api-key': 'x', 'x-access-token': 'x', 'x-plain': 'x' },
    });
    expect(data).toBe('inside');
    expect(seen['x-plain']).toBe('x');
    expect(Object.keys(seen)).not.toEqual(expect.arrayContaining([expect.stringMatching(/auth|key|token/)]));
  });

  it('keeps them on the same host', async () => {
    await open.get(`http://127.0.0.1:${port}/to?/`, { headers: { 'x-api-key': 'x' } });
    expect(seen['x-api-key']).toBe('x');
  });

  it('stops unpacking at the limit', async () => {
    await expect(open.get(`http://127.0.0.1:${port}/bomb`)).rejects.toThrow('maxContentLength');
  });

  it('gives up on silence, on dripping, and when told to', async () => {
    await expect(open.get(`http://127.0.0.1:${port}/silent`)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    const startedAt = Date.now();
    await expect(open.get(`http://127.0.0.1:${port}/drip`)).rejects.toMatchObject({ code: 'ERR_CANCELED' });
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    await expect(open.get(`http://127.0.0.1:${port}/silent`, { signal: controller.signal })).rejects.toMatchObject({
      code: 'ERR_CANCELED',
    });
  });
});

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '172.15.255.255', '172.32.0.1', '100.63.0.1', '2606:4700::1111', '[2a00:1450:4001::1]', '::ffff:8.8.8.8'])(
    'lets %s through',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
  it.each([
    '10.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::ffff:169.254.169.254',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12::1',
    'fe80::1%eth0',
    'ff02::1',
    '::127.0.0.1',
    'example.com',
    '',
  ])('does not let %s through', (address) => expect(isPublicAddress(address)).toBe(false));
});

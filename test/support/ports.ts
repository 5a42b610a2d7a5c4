import { once } from 'node:events';
import { createServer } from 'node:net';

const PORT_FIRST = 20_000;
const PORTS = 10_000;
let nextPort = Math.floor(Math.random() * PORTS);

/** Below the ports that outgoing connections are given: nobody takes it before its process listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORT_FIRST + (nextPort++ % PORTS);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

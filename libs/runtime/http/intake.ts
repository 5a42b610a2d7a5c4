import type { Server } from 'node:http';

/** Requests that are being answered now. */
export interface RequestCount {
  readonly open: number;
}

export function countRequests(server: Server): RequestCount {
  const count = { open: 0 };
  server.prependListener('request', (_request, response) => {
    count.open += 1;
    response.once('close', () => {
      count.open -= 1;
    });
  });
  return count;
}

const LOOK_MS = 20;

/** Takes no new connections, answers what was asked, for so long at most. Sockets are their gateways' to end. */
export async function stopTaking(server: Server, requests: RequestCount, timeoutMs: number): Promise<void> {
  const giveUpAt = Date.now() + timeoutMs;
  server.close();
  while (requests.open > 0 && Date.now() < giveUpAt) {
    // Connections that are kept open between requests would bring more.
    server.closeIdleConnections();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  server.closeAllConnections();
}

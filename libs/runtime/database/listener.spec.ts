import { Client } from 'pg';
import { createLogger } from '../logger';
import { Listener } from './listener';

// With the database away, each failed try to reconnect counted as another loss and began a loop of its own: thousands of
// tries and log lines a second.
it('tries again at growing intervals, in one loop, while the database is away', async () => {
  let tries = 0;
  let away = false;
  const backend = fakeBackend();
  const listener = new Listener(
    () => {
      tries += 1;
      return away ? new Client({ host: '127.0.0.1', port: 9, connectionTimeoutMillis: 500 }) : backend.client();
    },
    createLogger({ name: 'test', level: 'silent' }),
  );
  await listener.listen('parley_test', () => undefined);
  expect(tries).toBe(1);
  away = true;
  backend.cut();
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  await listener.close();
  // 100, 200, 400 ms ...
  expect(tries).toBeGreaterThanOrEqual(3);
  expect(tries).toBeLessThanOrEqual(6);
});

/** As much of a pg client as the listener sees. */
function fakeBackend() {
  const handlers = new Map<string, (error?: Error) => void>();
  const client = {
    on: (event: string, handler: () => void) => handlers.set(event, handler),
    connect: async () => undefined,
    query: async () => ({ rows: [] }),
    end: async () => undefined,
  };
  return { client: () => client as unknown as Client, cut: () => handlers.get('end')?.() };
}

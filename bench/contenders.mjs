// The two that are measured. Each gives: where webhooks go, how many messages are stored, and what a socket hears.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { root, start, stop } from './processes.mjs';

export const SECRET = 'bench-app-secret';
const KEY = 'bench-key-of-the-first-merchant';
const firstUrl = (text) => /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? null;

export async function startFloor(database) {
  const env = { DATABASE_URL: database.url('floor'), APP_SECRET: SECRET };
  const { child, found: url } = await start(join(root, 'bench', 'floor.mjs'), [], env, firstUrl);
  return {
    name: 'floor',
    pid: child.pid,
    webhookUrl: `${url}/webhook`,
    stored: () => database.count('floor', 'SELECT count(*)::int AS count FROM floor_messages'),
    listen: (onMessage) => listen(url.replace('http', 'ws'), null, (row) => row.external_id, onMessage),
    stop: () => stop(child),
  };
}

export async function startParley(database) {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const env = {
    DATABASE_URL: database.url('parley'),
    PARLEY_DATA_DIR: dataDir,
    PARLEY_PORT: '0',
    PARLEY_API_KEY: KEY,
    PARLEY_RATE_LIMIT: '0',
    PARLEY_LOG_LEVEL: 'warn',
    PARLEY_ALLOW_PRIVATE_HOSTS: '1',
  };
  const { child, found: url } = await start(join(root, 'dist', 'apps', 'parley', 'main.js'), [], env, firstUrl);
  const account = await createAccount(url);
  const subscribe = { type: 'subscribe', types: ['parley.message.received.v1'] };
  return {
    name: 'parley',
    pid: child.pid,
    webhookUrl: `${url}/channels/${account.id}/webhook`,
    stored: () => database.count('parley', 'SELECT count(*)::int AS count FROM conversations.messages'),
    listen: (onMessage) =>
      listen(
        `${url.replace('http', 'ws')}/v1/realtime?key=${KEY}`,
        subscribe,
        (line) => line.event?.data.message.externalId,
        onMessage,
      ),
    stop: async () => {
      await stop(child);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function createAccount(url) {
  const settings = {
    phoneNumberId: '100200300',
    businessAccountId: '200300400',
    accessToken: 'bench-token',
    appSecret: SECRET,
    verifyToken: 'bench-verify',
    apiBaseUrl: 'http://127.0.0.1:9',
  };
  const response = await fetch(`${url}/v1/accounts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ channel: 'whatsapp', name: 'Bench', settings }),
  });
  if (!response.ok) throw new Error(`The account was refused: ${response.status} ${await response.text()}`);
  return response.json();
}

function listen(url, hello, idOf, onMessage) {
  const socket = new WebSocket(url);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      if (hello) socket.send(JSON.stringify(hello));
      else resolve(socket);
    });
    socket.on('message', (data) => {
      const line = JSON.parse(data);
      if (line.type === 'ready') resolve(socket);
      if (line.type === 'ping') socket.send('{"type":"pong"}');
      const id = idOf(line);
      if (id) onMessage(id, Date.now());
    });
  });
}

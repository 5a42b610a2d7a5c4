// The floor: the least code that acknowledges a signed webhook only once it is durable, stores it exactly once and in order,
// and tells a socket. Started as a process of its own; prints its URL. Settings by environment: DATABASE_URL, APP_SECRET.
import { createHmac, timingSafeEqual } from 'node:crypto';
import Fastify from 'fastify';
import pg from 'pg';
import { WebSocketServer } from 'ws';

const BATCH = 500;
const secret = process.env.APP_SECRET;
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 6 });
await pool.query(`
  CREATE TABLE IF NOT EXISTS floor_log (position bigint PRIMARY KEY, value bytea NOT NULL);
  CREATE TABLE IF NOT EXISTS floor_next (one int PRIMARY KEY DEFAULT 1, position bigint NOT NULL DEFAULT 0, handled bigint NOT NULL DEFAULT 0);
  INSERT INTO floor_next DEFAULT VALUES ON CONFLICT DO NOTHING;
  CREATE TABLE IF NOT EXISTS floor_messages (
    account_id text, external_id text, conversation_id text, parts jsonb, sent_at timestamptz, received_at timestamptz DEFAULT now(),
    PRIMARY KEY (account_id, external_id));
  CREATE INDEX IF NOT EXISTS floor_by_conversation ON floor_messages (account_id, conversation_id, sent_at);`);

// ------------------------------------------------------------ append: group commit; the counter's row lock is the fence
const waiting = [];
let appending = false;
const append = (value) =>
  new Promise((resolve, reject) => {
    waiting.push({ value, resolve, reject });
    if (!appending) void flush();
  });
async function flush() {
  appending = true;
  while (waiting.length > 0) {
    const group = waiting.splice(0, BATCH);
    try {
      await pool.query({
        name: 'append',
        text: `WITH taken AS (UPDATE floor_next SET position = position + $2 RETURNING position - $2 AS first)
               INSERT INTO floor_log SELECT taken.first + n, v FROM taken, unnest($1::bytea[]) WITH ORDINALITY AS e(v, n)`,
        values: [group.map((one) => one.value), group.length],
      });
      for (const one of group) one.resolve();
      drain();
    } catch (error) {
      for (const one of group) one.reject(error);
    }
  }
  appending = false;
}

// ------------------------------------------------------------ consume: rows and progress in one transaction, then NOTIFY
let draining = false;
let again = false;
function drain() {
  again = true;
  if (!draining) void consume();
}
async function consume() {
  draining = true;
  const client = await pool.connect();
  while (again) {
    again = false;
    for (;;) {
      await client.query('BEGIN');
      const { rows } = await client.query({
        name: 'read',
        text: `SELECT l.position, l.value FROM floor_log l, floor_next n WHERE l.position > n.handled ORDER BY l.position LIMIT ${BATCH}`,
      });
      if (rows.length === 0) {
        await client.query('COMMIT');
        break;
      }
      const messages = rows.flatMap(({ value }) =>
        JSON.parse(value).entry.flatMap((entry) => entry.changes.flatMap((change) => change.value.messages)),
      );
      await client.query({
        name: 'store',
        text: `INSERT INTO floor_messages (account_id, external_id, conversation_id, parts, sent_at)
               SELECT 'a', e, c, p::jsonb, to_timestamp(s) FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[]) AS m(e, c, p, s) ON CONFLICT DO NOTHING`,
        values: [
          messages.map((m) => m.id),
          messages.map((m) => m.from),
          messages.map((m) => JSON.stringify([{ kind: 'text', text: m.text.body }])),
          messages.map((m) => Number(m.timestamp)),
        ],
      });
      await client.query({ name: 'handled', text: 'UPDATE floor_next SET handled = $1', values: [rows.at(-1).position] });
      await client.query('COMMIT');
      if (sockets.clients.size > 0)
        await client.query(`SELECT pg_notify('floor', $1)`, [JSON.stringify(messages.map((m) => m.id)).slice(0, 7_900)]);
      if (rows.length < BATCH) break;
    }
  }
  client.release();
  draining = false;
}

// ------------------------------------------------------------ serve
const app = Fastify({ bodyLimit: 5_000_000 });
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/webhook', async (request, reply) => {
  const expected = createHmac('sha256', secret).update(request.body).digest();
  const given = Buffer.from(String(request.headers['x-hub-signature-256'] ?? '').slice(7), 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return reply.code(401).send();
  JSON.parse(request.body);
  await append(request.body);
  return reply.code(200).send();
});
app.get('/count', async () => (await pool.query('SELECT count(*)::int AS count FROM floor_messages')).rows[0]);

const sockets = new WebSocketServer({ noServer: true });
app.server.on('upgrade', (request, socket, head) =>
  sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit('connection', ws)),
);
const listener = new pg.Client({ connectionString: process.env.DATABASE_URL });
await listener.connect();
await listener.query('LISTEN floor');
listener.on('notification', async ({ payload }) => {
  const ids = JSON.parse(payload);
  const { rows } = await pool.query({
    name: 'tell',
    text: 'SELECT external_id, parts FROM floor_messages WHERE external_id = ANY($1)',
    values: [ids],
  });
  for (const row of rows) for (const ws of sockets.clients) ws.send(JSON.stringify(row));
});

const url = await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${url}\n`);
process.on('SIGTERM', () => process.exit(0));

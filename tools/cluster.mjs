// `npm run cluster`: Parley as it runs in a real cluster, on this machine and without containers: a Kafka broker (from Maven
// artifacts, as in the tests), a PostgreSQL, one process for each app and one address before them all. Everything is
// thrown away at the end. `npm run cluster -- normalize=2 deliver=3` starts more of some; ports are free ones but the
// gateway's (PARLEY_PORT, 3000). Other settings are passed on to the apps.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import kafkaSupport from '../test/support/kafka.ts';
import portSupport from '../test/support/ports.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const APPS = ['ingest', 'normalize', 'translate', 'conversations', 'deliver'];
const READY_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 12_000;

const say = (line) => process.stdout.write(`${line}\n`);
const counts = Object.fromEntries(APPS.map((app) => [app, 1]));
for (const wish of process.argv.slice(2)) {
  const [, app, count] = /^(\w+)=(\d{1,2})$/.exec(wish) ?? [];
  if (!(app in counts)) {
    say(`${wish} is not understood. Example: npm run cluster -- normalize=2 deliver=3`);
    process.exit(2);
  }
  counts[app] = Number(count);
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stopping.abort());
watchNpm();

execFileSync(process.execPath, [join(root, 'tools/build.mjs'), '--if-stale'], { stdio: ['ignore', 'inherit', 'inherit'] });
const { startEmbeddedPostgres, createLogger } = createRequire(import.meta.url)(join(root, 'dist/libs/runtime/index.js'));

/** What was started, to be ended in the opposite order. */
const ends = [];
let code = 0;
try {
  const folder = mkdtempSync(join(tmpdir(), 'parley-cluster-'));
  // PostgreSQL works as a user of its own where we are root: it has to get through.
  chmodSync(folder, 0o755);
  ends.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  await run(folder);
} catch (error) {
  code = 1;
  say(String(error?.message ?? error));
} finally {
  for (const end of ends.reverse())
    await Promise.resolve()
      .then(end)
      .catch((error) => say(`Not ended in order: ${error.message}`));
}
process.exit(code);

async function run(folder) {
  say('Starting Kafka and PostgreSQL');
  const [kafka, postgres] = await Promise.all([
    kafkaSupport.startTestKafka(),
    startEmbeddedPostgres({ dataDir: folder, log: createLogger({ name: 'cluster', level: 'warn' }) }),
  ]);
  ends.push(
    () => kafka.stop(),
    () => postgres.stop(),
  );
  const gatewayPort = Number(process.env.PARLEY_PORT || 3000);
  const env = {
    PARLEY_SECRET_KEY: randomBytes(32).toString('base64'),
    PARLEY_API_KEY: `pk_${randomBytes(18).toString('base64url')}`,
    PARLEY_OPERATOR_KEY: `ok_${randomBytes(18).toString('base64url')}`,
    PARLEY_LOG_PARTITIONS: '8',
    PARLEY_LOG_LEVEL: 'warn',
    PARLEY_PUBLIC_URL: `http://127.0.0.1:${gatewayPort}`,
    ...process.env,
    PARLEY_HOST: '127.0.0.1',
    PARLEY_DATA_DIR: join(folder, 'data'),
    PARLEY_MEDIA_DIR: process.env.PARLEY_MEDIA_DIR || join(folder, 'media'),
    DATABASE_URL: postgres.url,
    KAFKA_BROKERS: kafka.brokers.join(','),
  };
  const wanted = APPS.flatMap((app) => Array.from({ length: counts[app] }, (_, n) => ({ app, name: `${app}-${n + 1}` })));
  const processes = await Promise.all(wanted.map(async (one) => startProcess(one, await portSupport.freePort(), folder, env)));
  ends.push(() => Promise.all(processes.map(endProcess)));
  await Promise.all(processes.map(untilReady));
  if (stopping.signal.aborted) return;
  const gateway = await startGateway(gatewayPort, (app) => processes.filter((one) => one.app === app && alive(one)));
  ends.push(
    () => gateway.closeAllConnections(),
    () => gateway.close(),
  );

  say(`\nParley    http://127.0.0.1:${gatewayPort}\nKey       ${env.PARLEY_API_KEY}\nOperator  ${env.PARLEY_OPERATOR_KEY}`);
  say(`Kafka     ${env.KAFKA_BROKERS}\nPostgres  ${postgres.url}\nLogs      ${folder}\n`);
  for (const { name, url, child } of processes) say(`${name.padEnd(16)}${url}  pid ${child.pid}  /readyz /metrics`);
  say('\nCtrl-C ends all of it.');
  for (const one of processes) {
    one.child.once('exit', (exitCode, signal) => {
      if (!stopping.signal.aborted) say(`${one.name} ended (${signal ?? exitCode}); the others go on. ${logOf(one)}`);
    });
  }
  if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
  say('Ending');
}

/** In a group of its own: a Ctrl-C comes to us alone, and we end things in order. */
function startProcess({ app, name }, port, folder, env) {
  const log = join(folder, `${name}.log`);
  const child = spawn(process.execPath, ['--enable-source-maps', join(root, 'dist/apps', app, 'main.js')], {
    cwd: root,
    env: { ...env, PARLEY_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const file = createWriteStream(log, { flags: 'a' });
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  return { app, name, port, url: `http://127.0.0.1:${port}`, child, log };
}

function alive({ child }) {
  return child.exitCode === null && child.signalCode === null;
}

function logOf({ log }) {
  return readFileSync(log, 'utf8').slice(-1_000);
}

async function endProcess(one) {
  if (!alive(one)) return;
  const gone = once(one.child, 'exit');
  one.child.kill('SIGTERM');
  const timer = setTimeout(() => one.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await gone;
  clearTimeout(timer);
}

async function untilReady(one) {
  const until = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < until && alive(one) && !stopping.signal.aborted) {
    const answer = await fetch(`${one.url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await pause(100);
  }
  if (!stopping.signal.aborted) throw new Error(`${one.name} did not become ready:\n${logOf(one)}`);
}

/** As docker/gateway.conf: what channels and buyers send goes to ingest, everything else to the API; in turn. */
async function startGateway(port, processesOf) {
  let turn = 0;
  const target = (request) => {
    const path = request.url.split('?')[0];
    const isSaid = request.method === 'POST' && /^\/webchat\/[^/]+\/messages$/.test(path);
    const all = processesOf(path.startsWith('/channels/') || isSaid ? 'ingest' : 'conversations');
    return all[turn++ % all.length];
  };
  const forward = (request) => {
    const to = target(request);
    const { method, url: path, headers } = request;
    return httpRequest({ host: '127.0.0.1', port: to?.port ?? 1, method, path, headers });
  };
  const server = createServer((request, response) => {
    const onward = forward(request);
    onward.once('response', (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.once('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    response.once('close', () => onward.destroy());
    request.pipe(onward);
  });
  server.on('upgrade', (request, socket, head) => {
    const onward = forward(request);
    onward.once('upgrade', (answer, theirs, theirHead) => {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      socket.write(theirHead);
      theirs.write(head);
      theirs.pipe(socket).pipe(theirs);
      for (const [one, other] of [
        [socket, theirs],
        [theirs, socket],
      ]) {
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
      }
    });
    onward.once('response', (answer) =>
      socket.end(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\nconnection: close\r\n\r\n`),
    );
    onward.once('error', () => socket.destroy());
    onward.end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** npm hands a SIGTERM to its shell, and the shell ends without a word to us: once it is gone, the signal was ours. */
function watchNpm() {
  if (!process.env.npm_lifecycle_event) return;
  const shell = process.ppid;
  setInterval(() => process.ppid !== shell && stopping.abort(), 250).unref();
}

// `npm run bench`: floor and Parley in turns on one PostgreSQL, and the ratios between them. See README.md.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { SECRET, startFloor, startParley } from './contenders.mjs';
import { load, pause, root, usage } from './processes.mjs';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '5' } },
});
const rounds = Math.min(20, Number(options.rounds));
const seconds = Math.min(60, Number(options.seconds));
const LATENCY_PER_SECOND = 200;
const DRAIN_MS_MAX = 120_000;
const IDLE_SECONDS = 10;

const { startEmbeddedPostgres, createLogger } = createRequire(import.meta.url)(join(root, 'dist/libs/runtime/index.js'));
const dataDir = mkdtempSync(join(tmpdir(), 'parley-bench-postgres-'));
const postgres = await startEmbeddedPostgres({ dataDir, log: createLogger({ name: 'bench', level: 'warn' }), detached: false });
const database = await openDatabases(postgres.url);

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const percentile = (numbers, p) =>
  numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * p))];

async function openDatabases(url) {
  const pools = {};
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  for (const name of ['floor', 'parley_bench']) await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const urlOf = (name) => Object.assign(new URL(url), { pathname: name === 'parley' ? 'parley_bench' : name }).toString();
  for (const name of ['floor', 'parley']) pools[name] = new pg.Pool({ connectionString: urlOf(name), max: 1 });
  return {
    url: urlOf,
    count: async (name, sql) => (await pools[name].query(sql)).rows[0].count,
    close: () => Promise.all(Object.values(pools).map((pool) => pool.end())),
  };
}

/** Acknowledged messages per second until the last of them is stored. */
async function throughput(contender, run) {
  const before = await contender.stored();
  const result = await load({ url: contender.webhookUrl, secret: SECRET, run, mode: 'closed', connections: 50, seconds });
  let stored = await contender.stored();
  while (stored - before < result.acked && Date.now() - result.endedAt < DRAIN_MS_MAX) {
    await pause(20);
    stored = await contender.stored();
  }
  const drainedAt = Math.max(Date.now(), result.endedAt);
  const lost = result.acked - (stored - before);
  return {
    acked: result.acked / ((result.endedAt - result.startedAt) / 1_000),
    stored: result.acked / ((drainedAt - result.startedAt) / 1_000),
    failed: result.failed,
    lost,
  };
}

/** Milliseconds from the begin of the request to the event at a socket. */
async function latency(contender, run) {
  const heard = new Map();
  const socket = await contender.listen((id, at) => heard.set(id, at));
  const result = await load({
    url: contender.webhookUrl,
    secret: SECRET,
    run,
    mode: 'open',
    perSecond: LATENCY_PER_SECOND,
    connections: 50,
    seconds,
  });
  await pause(1_000);
  socket.close();
  const times = Object.entries(result.begun).flatMap(([id, begun]) => (heard.has(id) ? [heard.get(id) - begun] : []));
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), missing: result.acked - times.length };
}

async function idle(contender) {
  await pause(2_000);
  const before = usage(contender.pid);
  await pause(IDLE_SECONDS * 1_000);
  const after = usage(contender.pid);
  return { cpuPercent: ((after.cpuSeconds - before.cpuSeconds) / IDLE_SECONDS) * 100, rssMegabytes: after.rssBytes / 1_048_576 };
}

const results = { floor: [], parley: [] };
const contenders = [];
try {
  contenders.push(await startFloor(database), await startParley(database));
  for (const contender of contenders) await throughput(contender, 'warm-up');
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      const rate = await throughput(contender, `rate-${round}`);
      const delay = await latency(contender, `delay-${round}`);
      results[contender.name].push({ ...rate, ...delay });
      process.stderr.write(
        `round ${round} ${contender.name}: ${rate.stored.toFixed(0)}/s stored, ${rate.failed} failed, ${rate.lost} lost; p50 ${delay.p50.toFixed(1)} ms, p99 ${delay.p99.toFixed(1)} ms, ${delay.missing} missing\n`,
      );
    }
  }
  const resting = await idle(contenders[1]);
  const of = (name, field) => median(results[name].map((round) => round[field]));
  const row = (title, field, unit) =>
    `| ${title} | ${of('floor', field).toFixed(1)} ${unit} | ${of('parley', field).toFixed(1)} ${unit} | ${(of('parley', field) / of('floor', field)).toFixed(2)} |`;
  const lost = results.parley.reduce((sum, round) => sum + round.lost + round.missing, 0);
  process.stdout.write(
    [
      `${rounds} rounds of ${seconds} s, ${cpus().length} cores (${cpus()[0].model}), Node ${process.version}; medians`,
      '',
      '| Measure | Floor | Parley | Ratio |',
      '| --- | --- | --- | --- |',
      row('acknowledged', 'acked', '/s'),
      row('acknowledged and stored', 'stored', '/s'),
      row(`webhook → socket p50 at ${LATENCY_PER_SECOND}/s`, 'p50', 'ms'),
      row(`webhook → socket p99 at ${LATENCY_PER_SECOND}/s`, 'p99', 'ms'),
      `| idle processor time (gateway) | | ${resting.cpuPercent.toFixed(1)} % of a core | |`,
      `| resident memory (gateway, after the load) | | ${resting.rssMegabytes.toFixed(0)} MB | |`,
      '',
      lost === 0 ? 'Nothing lost.' : `LOST: ${lost}`,
      '',
    ].join('\n'),
  );
  if (lost !== 0) process.exitCode = 1;
} finally {
  for (const contender of contenders) await contender.stop();
  await database.close();
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

// The load, as a process of its own. `closed`: so many connections, each posting as soon as its last is answered, for so long.
// `open`: so many posts a second, whatever the answers do. Prints JSON: what was acknowledged, and when each was begun.
import { Agent, request } from 'node:http';
import { webhook } from './webhook.mjs';

const options = JSON.parse(process.argv[2]);
const { url, secret, run, mode, connections = 50, seconds, perSecond } = options;
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const target = new URL(url);
const COUNT_MAX = 200_000;
let number = 0;
let failed = 0;
const acked = [];
const begun = {};

function post() {
  const { externalId, body, signature } = webhook(run, number++, secret);
  if (mode === 'open') begun[externalId] = Date.now();
  return new Promise((resolve) => {
    const sent = request(
      {
        agent,
        host: target.hostname,
        port: target.port,
        path: target.pathname,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': body.length, 'x-hub-signature-256': signature },
      },
      (response) => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode === 200) acked.push(externalId);
          else failed += 1;
          resolve();
        });
      },
    );
    sent.on('error', () => {
      failed += 1;
      resolve();
    });
    sent.end(body);
  });
}

const startedAt = Date.now();
const until = startedAt + seconds * 1_000;
if (mode === 'closed') {
  const connection = async () => {
    while (Date.now() < until && number < COUNT_MAX) await post();
  };
  await Promise.all(Array.from({ length: connections }, connection));
} else {
  const pending = [];
  const total = Math.min(COUNT_MAX, perSecond * seconds);
  for (let due = 0; due < total; due++) {
    const wait = startedAt + (due * 1_000) / perSecond - Date.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    pending.push(post());
  }
  await Promise.all(pending);
}
process.stdout.write(JSON.stringify({ startedAt, endedAt: Date.now(), acked: acked.length, failed, begun }));
process.exit(0);

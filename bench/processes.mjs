// Starting, watching and ending what is measured. Only processes started here are ever ended.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Starts a process and waits for the first line of its output that `ready` accepts. */
export function start(script, args, env, ready, timeoutMs = 60_000) {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let text = '';
    process.once('exit', () => child.kill('SIGTERM'));
    const timer = setTimeout(() => reject(new Error(`${script} is not ready after ${timeoutMs} ms:\n${text}`)), timeoutMs);
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}:\n${text}`)));
    const onData = (chunk) => {
      text = (text + chunk).slice(-20_000);
      const found = ready(text);
      if (found === null) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      for (const stream of [child.stdout, child.stderr]) stream.removeAllListeners('data').resume();
      resolve({ child, found });
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
  });
}

export function stop(child, timeoutMs = 15_000) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

export async function load(options) {
  const child = spawn(process.execPath, [join(root, 'bench', 'load.mjs'), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return JSON.parse(text);
}

const TICKS_PER_SECOND = 100;

/** Processor seconds and resident bytes of a process and all its descendants (Linux: /proc). */
export function usage(pid) {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /, '')
          .split(' ');
        return [
          {
            pid: Number(name),
            parent: Number(fields[1]),
            ticks: Number(fields[11]) + Number(fields[12]),
            pages: Number(fields[21]),
          },
        ];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
  const family = new Set([pid]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const one of stats) if (family.has(one.parent)) family.add(one.pid);
  }
  const own = stats.filter((one) => family.has(one.pid));
  return {
    cpuSeconds: own.reduce((sum, one) => sum + one.ticks, 0) / TICKS_PER_SECOND,
    rssBytes: own.reduce((sum, one) => sum + one.pages, 0) * 4_096,
  };
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Builds everything into dist/: the apps and libs with swc (2 s), the browser apps with Vite.
// `--if-stale` does nothing when dist/ is newer than every source, so that `npm start` starts at once.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'dist', '.built');
const LOCK_MS_MAX = 120_000;
const sources = ['apps', 'libs', '.swcrc', 'package.json', 'tools/build.mjs'];

function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  return Math.max(
    stat.mtimeMs,
    ...readdirSync(path)
      .filter((name) => name !== 'node_modules')
      .map((name) => newest(join(path, name))),
  );
}

const bin = (name) => join(root, 'node_modules', '.bin', name);
const run = (command, args) => execFileSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });

function isFresh() {
  const builtAt = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return sources.every((path) => newest(join(root, path)) <= builtAt);
}

function build() {
  const startedAt = Date.now();
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const ignored = '**/*.spec.ts,apps/inbox/**,apps/widget/**';
  run(bin('swc'), ['apps', 'libs', '--out-dir', 'dist', '--quiet', '--ignore', ignored, '--copy-files']);
  for (const app of ['inbox', 'widget']) {
    const config = join(root, 'apps', app, 'vite.config.ts');
    if (existsSync(config)) run(bin('vite'), ['build', '--config', config, '--logLevel', 'error']);
  }
  // What changed meanwhile is not in it.
  writeFileSync(stamp, '');
  utimesSync(stamp, startedAt / 1000, startedAt / 1000);
  process.stderr.write(`Built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

/** Several processes may be started at once: one builds, the others wait and find it done. */
function alone(work) {
  const lock = join(root, 'node_modules', '.parley-build');
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      // Whoever made it was killed.
      if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) > LOCK_MS_MAX)
        rmSync(lock, { recursive: true, force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
  try {
    work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

const ifStale = process.argv.includes('--if-stale');
if (!ifStale || !isFresh()) {
  alone(() => {
    if (!ifStale || !isFresh()) build();
  });
}

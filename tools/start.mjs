// `node tools/start.mjs <app>`: builds what is stale, then runs that app in this very process. `<app>/<name>`: another of its
// programs. What follows is that program's own.
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [app = 'parley', entry = 'main'] = (process.argv.splice(2, 1)[0] ?? 'parley').split('/');

execFileSync(process.execPath, [join(root, 'tools/build.mjs'), '--if-stale'], { stdio: ['ignore', 'inherit', 'inherit'] });

// npm hands a SIGTERM to its shell, and the shell ends without a word to us: once it is gone, the signal was ours.
if (process.env.npm_lifecycle_event) {
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 250);
  watch.unref();
}

await import(pathToFileURL(join(root, 'dist/apps', app, `${entry}.js`)).href);

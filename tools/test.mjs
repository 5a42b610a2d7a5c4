// All suites in one run: types, lint, unit tests, then the whole house over real processes. The last line counts them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { provideComponents } from './components.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const reports = mkdtempSync(join(tmpdir(), 'parley-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };

function step(name, command, args) {
  const startedAt = Date.now();
  process.stdout.write(`\n== ${name}\n`);
  const ok = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
  total[ok ? 'passed' : 'failed'] += 1;
  process.stdout.write(`${name}: ${ok ? 'passed' : 'FAILED'} in ${Math.round((Date.now() - startedAt) / 1000)} s\n`);
  return ok;
}

/** `minutesMax`: a suite that hangs fails instead of keeping everything waiting. */
function jest(project, minutesMax, args) {
  const startedAt = Date.now();
  process.stdout.write(`\n== ${project} tests\n`);
  const report = join(reports, `${project}.json`);
  const run = spawnSync(
    process.execPath,
    [
      '--no-warnings',
      join(root, 'node_modules/jest/bin/jest.js'),
      '--selectProjects',
      project,
      '--json',
      '--outputFile',
      report,
      // Whatever a test left open is no reason to wait once all have ended.
      '--forceExit',
      ...args,
      ...process.argv.slice(2),
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], timeout: minutesMax * 60_000, killSignal: 'SIGKILL' },
  );
  if (!existsSync(report)) {
    total.failed += 1;
    process.stdout.write(`${project}: Jest ended with ${run.error?.code ?? run.status ?? run.signal} and left no report\n`);
    return;
  }
  const result = JSON.parse(readFileSync(report, 'utf8'));
  total.passed += result.numPassedTests;
  // A suite that cannot even be loaded has no tests to count; it is a failure all the same.
  total.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  total.skipped += result.numPendingTests + result.numTodoTests;
  process.stdout.write(`${project}: ${result.numPassedTests} passed in ${Math.round((Date.now() - startedAt) / 1000)} s\n`);
}

try {
  provideComponents();
  if (step('build', process.execPath, [join(root, 'tools/build.mjs')])) {
    step('types', 'npm', ['run', '--silent', 'types']);
    step('lint', 'npm', ['run', '--silent', 'lint']);
    jest('unit', 10, ['--maxWorkers=2', '--testTimeout=30000']);
    jest('house', 25, ['--runInBand', '--testTimeout=60000']);
  }
} finally {
  rmSync(reports, { recursive: true, force: true });
}
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

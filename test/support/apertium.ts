import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { freePort } from './ports';
import { describeWhere } from './where';

const MODES = '/usr/share/apertium/modes';
const START_MS = 30_000;

export interface Apertium {
  readonly url: string;
  stop(): Promise<void>;
}

export const describeWithApertium = (name: string, body: () => void): void => describeWhere(whyNoApertium(), name, body);

/** Null when one can be started here. */
function whyNoApertium(): string | null {
  const install = 'install apertium, apertium-eng-spa, apertium-es-pt and apertium-apy';
  if (!existsSync(`${MODES}/eng-spa.mode`) || !existsSync(`${MODES}/es-pt.mode`)) return install;
  try {
    execFileSync('apertium-apy', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return install;
  }
}

/** An Apertium service of this test's own, with the pairs that are installed. */
export async function startApertium(): Promise<Apertium> {
  const port = await freePort();
  // A process group of its own: the service starts a pipeline of programs for each pair, and all of them have to go.
  const server = spawn('apertium-apy', ['--port', String(port), '--verbosity', '0', MODES], { stdio: 'ignore', detached: true });
  const url = `http://127.0.0.1:${port}`;
  try {
    await answering(url, server);
  } catch (error) {
    await stop(server);
    throw error;
  }
  return { url, stop: () => stop(server) };
}

async function answering(url: string, server: ChildProcess): Promise<void> {
  const giveUpAt = Date.now() + START_MS;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`apertium-apy ended with ${server.exitCode}`);
    const answer = await fetch(`${url}/listPairs`).catch(() => null);
    if (answer?.ok) return;
    if (Date.now() > giveUpAt) throw new Error('apertium-apy did not answer in time');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  process.kill(-server.pid, 'SIGKILL');
  await ended;
}

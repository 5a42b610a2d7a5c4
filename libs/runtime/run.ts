import { ParleyError } from '@parley/model';
import type { App } from './app';
import { type RunningHouse, type StartOptions, startApps } from './start';

const STOP_MS_MAX = 9_500;
/** One Ctrl-C reaches us twice: from the terminal, and from npm that hands it on. Only later ones mean "at once". */
const SAME_SIGNAL_MS = 1_000;

/** `main` of every process: starts the apps, ends them on SIGTERM or SIGINT, and says plainly what went wrong. */
export async function run(apps: readonly App[], options: Omit<StartOptions, 'onDead'> = {}): Promise<void> {
  let running: RunningHouse | undefined;
  let ending = false;
  let endWanted = false;
  let signalledAt: number | undefined;
  const end = async (code: number): Promise<void> => {
    if (ending) return;
    ending = true;
    // Whatever hangs: the next start finds a database that it can take over.
    setTimeout(() => process.exit(code || 1), STOP_MS_MAX).unref();
    await running?.stop();
    process.exit(code);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (signalledAt !== undefined && now - signalledAt < SAME_SIGNAL_MS) return;
      if (ending || endWanted) process.exit(130);
      signalledAt = now;
      say('Parley is stopping');
      // Half-way through the start there is nothing that could be ended in order yet.
      if (running) void end(0);
      else endWanted = true;
    });
  }
  process.on('uncaughtException', (err) => {
    if (running) running.house.log.fatal({ err }, 'An error nobody handled; Parley ends');
    else say(describe(err));
    void end(1);
  });
  try {
    running = await startApps(apps, { onProgress: say, ...options, onDead: () => void end(1) });
    if (endWanted) await end(0);
  } catch (error) {
    say(describe(error));
    process.exit(1);
  }
}

/** For people, beside the log. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Our own errors say what to do; of others the stack is of use. */
function describe(error: unknown): string {
  if (error instanceof ParleyError) return `Parley cannot start. ${error.message}`;
  return `Parley cannot start. ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

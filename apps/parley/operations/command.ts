import { ParleyError } from '@parley/model';
import { say } from '@parley/runtime';

/** What was typed makes no sense; the usage is shown. */
export class UsageError extends ParleyError {
  constructor(message: string) {
    super('usage', message);
  }
}

/** `main` of every command: runs it and ends the process. 0: done; 1: it could not be; 2: it was called wrongly. */
export async function command(usage: string, work: (args: readonly string[]) => Promise<void>): Promise<void> {
  try {
    await work(process.argv.slice(2));
    process.exit(0);
  } catch (error) {
    say(describe(error));
    if (error instanceof UsageError) say(`Usage: ${usage}`);
    process.exit(error instanceof UsageError ? 2 : 1);
  }
}

/** Our own errors say what to do; of others the stack is of use. */
function describe(error: unknown): string {
  if (error instanceof ParleyError) return [error.message, ...causesOf(error)].join(': ');
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function causesOf(error: Error): string[] {
  const { cause } = error;
  return cause instanceof Error ? [cause.message, ...causesOf(cause)] : [];
}

/** Splits what was typed into words and the flags that are known. @throws UsageError for any other flag. */
export function readArguments<F extends string>(
  args: readonly string[],
  known: readonly F[],
): { words: string[]; flags: ReadonlySet<F> } {
  const flags = new Set<F>();
  const words: string[] = [];
  for (const arg of args) {
    if (!arg.startsWith('--')) words.push(arg);
    else if ((known as readonly string[]).includes(arg.slice(2))) flags.add(arg.slice(2) as F);
    else throw new UsageError(`There is no option ${arg}.`);
  }
  return { words, flags };
}

import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Names a process so that another one on the same machine can tell that it is gone, without waiting for its session to run
 * out: `machine/pid/started/random`. Where the system does not say when a process started, only the session tells.
 */
export function processIdentity(): string {
  return [machine(), process.pid, startedAt(process.pid) ?? '-', randomUUID().slice(0, 8)].join('/');
}

/** True only when it surely ran on this machine and runs no more. */
export function isGone(identity: string): boolean {
  const [where, pid, started] = identity.split('/');
  if (where !== machine() || !pid || !started || started === '-') return false;
  return startedAt(Number(pid)) !== started;
}

let known: string | undefined;

/** Processes that see the same process table: same boot, same container. */
function machine(): string {
  known ??= [hostname(), readOr('/proc/sys/kernel/random/boot_id').slice(0, 13), namespace()].join(':').replaceAll('/', '_');
  return known;
}

function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '';
  }
}

/** Field 22 of /proc/<pid>/stat, counted after the name, which may hold spaces. A process that only waits to be reaped is gone. */
function startedAt(pid: number): string | undefined {
  const stat = readOr(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

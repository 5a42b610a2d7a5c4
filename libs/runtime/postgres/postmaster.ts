import { execFile } from 'node:child_process';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a running (or killed) server wrote into its folder. */
export interface PostmasterRecord {
  readonly pid: number;
  readonly port: number;
}

/**
 * Reads `postmaster.pid`: process id, data directory, start time, port, socket folder, address, one a line
 * (src/include/utils/pidfile.h). Null when there is none.
 */
export async function readPostmaster(clusterFolder: string): Promise<PostmasterRecord | null> {
  try {
    const lines = (await readFile(join(clusterFolder, 'postmaster.pid'), 'utf8')).split('\n');
    const pid = Number(lines[0]);
    const port = Number(lines[3]);
    return Number.isInteger(pid) && pid > 0 && port > 0 ? { pid, port } : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Is this process a living server of this folder? A pid alone proves nothing: after a crash it may be a zombie that
 * nobody reaps, belong to another program by now, or have come with a copy of the folder. PostgreSQL itself looks at the
 * number only and would refuse to start.
 */
export async function isServerOf(clusterFolder: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform === 'linux') return isServerOnLinux(clusterFolder, pid);
  if (process.platform === 'win32') return true;
  try {
    const { stdout } = await run('ps', ['-o', 'stat=,command=', '-p', String(pid)]);
    return !stdout.trim().startsWith('Z') && stdout.includes('postgres') && stdout.includes(clusterFolder);
  } catch {
    // `ps` ends non-zero when there is no such process any more.
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A server's working directory is its data folder: compared as an inode, a moved folder is the same, a copied one is not. */
async function isServerOnLinux(clusterFolder: string, pid: number): Promise<boolean> {
  try {
    const [status, cwd, folder] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      stat(`/proc/${pid}/cwd`),
      stat(clusterFolder),
    ]);
    const state = status.slice(status.lastIndexOf(')') + 2)[0];
    return state !== 'Z' && state !== 'X' && cwd.ino === folder.ino && cwd.dev === folder.dev;
  } catch {
    // Gone between two looks, or not ours to look at, and then not ours.
    return false;
  }
}

/** Removes what a dead server left, so that the next one starts. Only for a pid that `isServerOf` denied. */
export async function clearStalePidFile(clusterFolder: string): Promise<void> {
  await rm(join(clusterFolder, 'postmaster.pid'), { force: true });
}

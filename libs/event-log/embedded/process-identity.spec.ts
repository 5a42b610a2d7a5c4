import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isGone, processIdentity } from './process-identity';

describe('the identity of a process', () => {
  it('is not gone while it runs, and is once it has been killed', async () => {
    const me = processIdentity();
    expect(isGone(`${me}/member`)).toBe(false);
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'ignore' });
    const [machine, , started] = me.split('/');
    // Another process may have got the number of a dead one: it did not start when that did.
    if (process.platform === 'linux') expect(isGone([machine, child.pid, started, 'x'].join('/'))).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isGone([machine, child.pid, started, 'x'].join('/'))).toBe(started !== '-');
  });

  it('cannot be told of another machine', () => {
    expect(isGone('elsewhere:boot:1/1/1/x')).toBe(false);
    expect(isGone('nonsense')).toBe(false);
  });
});

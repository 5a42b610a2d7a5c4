import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually } from './support/house';
import { describeWithKafka } from './support/kafka';
import { freePort } from './support/ports';

const root = join(__dirname, '..');

describeWithKafka('npm run cluster', () => {
  let child: ChildProcess;
  let said = '';
  afterAll(() => child?.kill('SIGKILL'));

  it('starts a process for each app behind one address, and ends all of it', async () => {
    const port = await freePort();
    child = spawn(process.execPath, ['--import', 'tsx', join(root, 'tools/cluster.mjs'), 'normalize=2'], {
      cwd: root,
      env: { ...process.env, PARLEY_PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout?.on('data', (chunk) => {
      said += chunk;
    });
    await eventually(
      async () => said,
      (text) => text.includes('Ctrl-C'),
      110_000,
    );
    const processes = [...said.matchAll(/^(\w+)-\d +(http:\S+) +pid (\d+)/gm)].map(([, app, url, pid]) => ({ app, url, pid }));
    expect(processes.map(({ app }) => app)).toEqual([
      'ingest',
      'normalize',
      'normalize',
      'translate',
      'conversations',
      'deliver',
    ]);
    for (const { url } of processes) expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const gateway = `http://127.0.0.1:${port}`;
    expect((await fetch(`${gateway}/openapi.json`)).status).toBe(200);
    const [, key] = /^Key +(\S+)/m.exec(said) ?? [];
    const listed = await fetch(`${gateway}/v1/accounts`, { headers: { authorization: `Bearer ${key}` } });
    expect(listed.status).toBe(200);
    // Nobody but ingest has this address.
    const unknown = await fetch(`${gateway}/channels/acc_none/webhook`, { method: 'POST', body: '{}' });
    expect(await unknown.json()).toMatchObject({ status: 404, code: 'no-such-account' });

    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    for (const { pid } of processes) expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  }, 180_000);
});

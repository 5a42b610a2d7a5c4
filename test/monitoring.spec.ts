import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { apps } from '../apps/parley/apps';
import { type RunningHouse, startApps } from '../libs/runtime';
import { environmentSchema } from '../libs/runtime/config/environment';
import { callJson, eventually } from './support/house';

const root = join(__dirname, '..');
const deploy = join(root, 'deploy');
const KEY = 'key-of-the-first-merchant-in-this-test';
const read = (...path: string[]) => readFile(join(root, ...path), 'utf8');

/** Those a process has of itself, by the name that is queried, with what each is. */
let there: Map<string, string>;
let running: RunningHouse;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parley-test-monitoring-'));
  running = await startApps(apps, {
    env: { PARLEY_DATA_DIR: dataDir, PARLEY_PORT: '0', PARLEY_API_KEY: KEY, PARLEY_LOG_LEVEL: 'silent' },
  });
  const authorization = { authorization: `Bearer ${KEY}` };
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = authorization) =>
    callJson(running.url + path, method, body, headers);
  const account = (await call('POST', '/v1/accounts', { channel: 'webchat', name: 'Shop', settings: { allowedOrigins: [] } }))
    .body;
  const session = (await call('POST', `/webchat/${account.id}/sessions`, { language: 'es' }, {})).body;
  const buyer = { authorization: `Bearer ${session.token}` };
  const said = (await call('POST', `/webchat/${account.id}/messages`, { clientKey: '1', text: 'Hola' }, buyer)).body;
  await eventually(
    () => call('POST', `/v1/conversations/${said.conversationId}/messages`, { text: 'Hello' }),
    ({ status }) => status === 202,
  );
  await eventually(metricsText, (text) => /parley_step_items_total\{step="send",account="acc_/.test(text));
  const types = [...(await metricsText()).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  there = new Map(types.map(([, name = '', type = '']) => [name, type]));
}, 120_000);
afterAll(async () => {
  await running?.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}, 60_000);

const metricsText = async (): Promise<string> => (await fetch(`${running.url}/metrics`)).text();

/** The metrics an expression names, as a registry names them. */
function namesIn(expression: string): string[] {
  const names = expression.match(/\b(parley|nodejs|process)_\w+/g) ?? [];
  return names.map((name) => (there.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '')));
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

describe('the dashboard and the alerts', () => {
  it('ask for nothing that is not there', async () => {
    const { panels } = JSON.parse(await read('deploy/grafana/dashboards/parley.json')) as { panels: Panel[] };
    const { groups } = parse(await read('deploy/prometheus/alerts.yml')) as {
      groups: { rules: { alert: string; expr: string }[] }[];
    };
    const asked = [
      ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: title, expr }))),
      ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: alert, expr }))),
    ];
    expect(asked.length).toBeGreaterThan(35);
    const missing = asked.flatMap(({ where, expr }) =>
      namesIn(expr).flatMap((name) => (there.has(name) ? [] : `${where}: ${name}`)),
    );
    expect(missing).toEqual([]);
    for (const { where, expr } of asked) expect(where === 'ParleyProcessDown' || namesIn(expr).length > 0).toBe(true);
  });

  it('have an alert for each that says what is the matter', async () => {
    const { groups } = parse(await read('deploy/prometheus/alerts.yml')) as { groups: { rules: any[] }[] };
    for (const rule of groups.flatMap(({ rules }) => rules)) {
      expect(rule).toMatchObject({ labels: { severity: expect.stringMatching(/^(warning|critical)$/) } });
      expect(rule.annotations.summary.length).toBeGreaterThan(20);
    }
  });
});

describe('docs/metrics.md', () => {
  it('names all metrics of Parley and no others', async () => {
    const named = [...(await read('docs/metrics.md')).matchAll(/^\| `(parley_\w+)`/gm)].map(([, name]) => name).sort();
    expect(named).toEqual([...there.keys()].filter((name) => name.startsWith('parley_')).sort());
  });
});

describe('the Kustomize base', () => {
  it('runs every app by a file that is there once built, with probes that are answered', async () => {
    const base = join(deploy, 'kustomize/base');
    const { resources, patches } = parse(await readFile(join(base, 'kustomization.yaml'), 'utf8'));
    const files = (await readdir(base)).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
    expect([...resources, ...patches.map((patch: any) => patch.path)].sort()).toEqual(files.sort());
    const documents = await Promise.all(
      resources.map(async (name: string) =>
        parseAllDocuments(await readFile(join(base, name), 'utf8')).map((document) => {
          expect(document.errors).toEqual([]);
          return document.toJS();
        }),
      ),
    );
    const objects: any[] = documents.flat();
    const deployments = objects.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
    expect(deployments.sort()).toEqual([...apps.map(({ name }) => name), 'gateway'].sort());
    const common = parse(await readFile(join(base, 'every-app.yaml'), 'utf8'));
    const [container] = common.spec.template.spec.containers;
    expect(patches[0].target).toEqual({ kind: 'Deployment', name: apps.map(({ name }) => name).join('|') });
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      const { status } = await fetch(running.url + container[probe].httpGet.path);
      expect(status).toBe(200);
    }
    for (const { name } of apps) {
      const own = objects.filter(({ metadata }) => metadata.name === name);
      expect(own.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['Deployment', 'HorizontalPodAutoscaler', 'PodDisruptionBudget']),
      );
      expect(own[0].spec.template.spec.containers).toEqual([
        { name: container.name, image: 'parley', command: ['node', `dist/apps/${name}/main.js`] },
      ]);
      for (const { spec } of own) {
        const selector = spec.selector?.matchLabels ?? spec.selector;
        if (selector) expect(selector).toEqual({ 'app.kubernetes.io/name': name });
      }
    }
  });

  it('has an example whose settings Parley knows, all that several processes need', async () => {
    const example = (name: string) => read('deploy/kustomize/example', name);
    const lines = `${await example('settings.env')}\n${await example('secrets.env')}`.matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm);
    const names = [...lines].map(([, name = '']) => name);
    const known = Object.keys(environmentSchema.shape);
    expect(names.filter((name) => !known.includes(name) && !name.startsWith('OTEL_'))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['DATABASE_URL', 'KAFKA_BROKERS', 'PARLEY_SECRET_KEY', 'PARLEY_S3_BUCKET']));
  });

  it('leads calls where the gateway of Compose leads them', async () => {
    const [compose, cluster] = await Promise.all([read('docker/gateway.conf'), read('deploy/kustomize/base/gateway.conf')]);
    const paths = (conf: string) => [...conf.matchAll(/location (.+) \{/g)].map(([, path]) => path);
    const headers = (conf: string) => conf.match(/proxy_set_header .+;/g);
    expect(paths(cluster)).toEqual(paths(compose));
    expect(headers(cluster)).toEqual(headers(compose));
  });
});

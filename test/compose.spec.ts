import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { environmentSchema } from '../libs/runtime/config/environment';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
}

const root = join(__dirname, '..');
const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const apps = ['ingest', 'normalize', 'translate', 'conversations', 'deliver'];

describe('docker-compose.yml', () => {
  it('runs every app, by a file that is there once built', () => {
    for (const app of apps) {
      expect(compose.services[app]).toMatchObject({ build: '.', command: ['node', `dist/apps/${app}/main.js`] });
      expect(existsSync(join(root, 'apps', app, 'main.ts'))).toBe(true);
    }
  });

  it('names every image with its version', () => {
    for (const [name, { image }] of services) {
      expect({ name, image }).toEqual({ name, image: expect.stringMatching(/^[\w./-]+:(v?\d+\.\d+|RELEASE\.\d{4})/) });
    }
    const froms = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]);
    for (const from of froms) expect(from).toMatch(/NODE_IMAGE/);
    expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:24\.\d+\.\d+-/m);
  });

  it('gives the apps settings that Parley knows', () => {
    const known = Object.keys(environmentSchema.shape);
    const others = /^(PARLEY_(LIBRETRANSLATE|DEEPL|OPENAI)|OTEL)_/;
    for (const name of Object.keys(compose.services['ingest']?.environment ?? {})) {
      expect(others.test(name) || known.includes(name) ? name : `unknown: ${name}`).toBe(name);
    }
  });

  it('refers only to what it declares', () => {
    for (const [, service] of services) {
      const needs = Array.isArray(service.depends_on) ? service.depends_on : Object.keys(service.depends_on ?? {});
      for (const name of needs) expect(Object.keys(compose.services)).toContain(name);
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) expect(existsSync(join(root, source))).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it('leads channels to ingest and the rest to the API', () => {
    const gateway = readFileSync(join(root, 'docker/gateway.conf'), 'utf8');
    expect(gateway).toMatch(/location \/channels\/ \{\s+set \$app ingest;/);
    expect(gateway).toMatch(/location \/ \{\s+set \$app conversations;/);
  });
});

describe('the Dockerfile', () => {
  it('copies what is there, and runs as no root', () => {
    for (const file of ['package.json', 'package-lock.json', '.npmrc', 'LICENSE']) {
      expect(dockerfile).toContain(file);
      expect(existsSync(join(root, file))).toBe(true);
    }
    expect(dockerfile).toMatch(/^USER parley$/m);
    expect(existsSync(join(root, 'apps/parley/main.ts'))).toBe(true);
  });
});

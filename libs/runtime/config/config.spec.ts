import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig } from './config';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'parley-config-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const load = (env: Record<string, string> = {}) => loadConfig({ PARLEY_DATA_DIR: dataDir, ...env });
function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
  }
  throw new Error('these settings were accepted');
}

describe('loadConfig', () => {
  it('needs nothing to be set', () => {
    expect(load()).toMatchObject({
      mode: 'embedded',
      port: 3000,
      publicUrl: 'http://127.0.0.1:3000',
      databaseUrl: undefined,
      media: { kind: 'directory', dir: join(dataDir, 'media') },
      generated: { apiKey: true, operatorKey: true },
      translation: [],
      warnings: [],
    });
  });

  it('reports all problems at once, by the names of the settings, and repeats no value', () => {
    const env = {
      PARLEY_PORT: 'http',
      PARLEY_PUBLIC_URL: 'ftp://shop.example.com',
      PARLEY_SECRET_KEY: 'tooshort',
      PARLEY_DEMO: 'maybe',
      PARLEY_MERCHANT_LANGUAGE: 'not a language',
      PARLEY_LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://root:hunter2@db/parley',
    };
    const problems = problemsOf(env);
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual(Object.keys(env).sort());
    expect(problems.join()).not.toMatch(/hunter2|tooshort/);
  });

  it('asks for what several processes must share', () => {
    expect(problemsOf({ KAFKA_BROKERS: 'kafka:9092' })).toEqual([
      expect.stringContaining('DATABASE_URL: is required'),
      expect.stringContaining('PARLEY_SECRET_KEY: is required'),
    ]);
    expect(problemsOf({ KAFKA_BROKERS: 'kafka', PARLEY_PORT: 'http' })).toHaveLength(4);
    expect(problemsOf({ KAFKA_SASL_MECHANISM: 'plain' })).toEqual([expect.stringContaining('KAFKA_SASL_PASSWORD')]);
  });

  it('is distributed when Kafka is named', () => {
    const config = load({
      KAFKA_BROKERS: 'k1:9092, k2:9092,k3:9092',
      DATABASE_URL: 'postgresql://db/parley',
      PARLEY_SECRET_KEY: '0123456789abcdef',
      PARLEY_S3_BUCKET: 'media',
      PARLEY_S3_ENDPOINT: 'http://minio:9000/',
    });
    expect(config).toMatchObject({
      mode: 'distributed',
      kafkaBrokers: ['k1:9092', 'k2:9092', 'k3:9092'],
      log: { partitions: 12, replicas: 3 },
      media: { kind: 's3', bucket: 'media', endpoint: 'http://minio:9000' },
    });
  });

  it('gathers the settings of each engine by its name', () => {
    const config = load({
      PARLEY_TRANSLATION: 'deepl, libretranslate',
      PARLEY_DEEPL_KEY: 'k',
      PARLEY_LIBRETRANSLATE_URL: 'http://127.0.0.1:5000',
      PARLEY_LIBRETRANSLATE_CHARS_MAX: '2000',
    });
    expect(config.translation).toEqual(['deepl', 'libretranslate']);
    expect(config.engines).toEqual({ deepl: { key: 'k' }, libretranslate: { url: 'http://127.0.0.1:5000', charsMax: '2000' } });
  });

  it('points out a setting it does not know, and treats an empty one as not given', () => {
    expect(load({ PARLEY_PROT: '80' }).warnings).toEqual([expect.stringContaining('PARLEY_PROT')]);
    expect(load({ PARLEY_PORT: '' }).port).toBe(3000);
  });

  it('makes a secret key once and the other keys from it, the same after a restart', () => {
    const first = load();
    const file = join(dataDir, 'secret.key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8').trim()).toBe(first.secretKey);
    expect(first.apiKey).toMatch(/^pk_[\w-]{43}$/);
    expect(first.operatorKey).not.toBe(first.apiKey);
    expect(load()).toEqual(first);
    expect(load({ PARLEY_API_KEY: 'pk_given-by-hand' })).toMatchObject({
      apiKey: 'pk_given-by-hand',
      generated: { apiKey: false, operatorKey: true },
    });
  });

  it('does not go on with a damaged secret key', () => {
    writeFileSync(join(dataDir, 'secret.key'), '');
    expect(() => load()).toThrow(/damaged/);
  });

  it('cannot be changed afterwards', () => {
    const config = load({ PARLEY_TRANSLATION: 'deepl', PARLEY_DEEPL_KEY: 'k' });
    expect(() => Object.assign(config.engines.deepl ?? {}, { key: 'other' })).toThrow(TypeError);
  });
});

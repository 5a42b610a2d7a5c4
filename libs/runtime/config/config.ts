import { resolve } from 'node:path';
import { ParleyError } from '@parley/model';
import type { LogLevel } from '../logger';
import { contradictions, type Environment, environmentSchema } from './environment';
import { type GeneratedKeys, keepSecretKey, keyDerivedFor } from './keys';

export type MediaConfig =
  | { readonly kind: 'directory'; readonly dir: string }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      readonly region: string;
      /** Undefined: Amazon's own. */
      readonly endpoint?: string;
      /** Undefined: the AWS SDK looks for credentials where it always does. */
      readonly accessKey?: string;
      readonly secretKey?: string;
    };

/** An engine's own settings in camelCase: `PARLEY_DEEPL_KEY` is `engines.deepl.key`. */
export interface EngineConfig {
  readonly url?: string;
  readonly key?: string;
  readonly model?: string;
  readonly [setting: string]: string | undefined;
}

/** What the operator decided, read once. Frozen. */
export interface Config {
  /** `distributed`: the log is Kafka and there may be many processes. `embedded`: the log is in Postgres. */
  readonly mode: 'embedded' | 'distributed';
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** How the world reaches us, without a trailing slash. */
  readonly publicUrl: string;
  /** Absolute. */
  readonly dataDir: string;
  /** Undefined: Parley runs a Postgres of its own in the data folder. */
  readonly databaseUrl?: string;
  readonly databaseConnections: number;
  readonly kafkaBrokers?: readonly string[];
  readonly kafkaSecurity: { readonly ssl: boolean; readonly sasl?: { mechanism: string; username: string; password: string } };
  readonly log: { readonly partitions: number; readonly replicas: number; readonly retentionMs: number | undefined };
  readonly media: MediaConfig;
  /** First key of the first merchant: given, or derived from the secret key. */
  readonly apiKey: string;
  /** Key that may create merchants: given, or derived from the secret key. */
  readonly operatorKey: string;
  /** Which of the two were not given. */
  readonly generated: GeneratedKeys;
  /** Encrypts credentials at rest; everything secret we derive comes from it. */
  readonly secretKey: string;
  readonly demo: boolean;
  readonly allowPrivateHosts: boolean;
  readonly merchantLanguage: string;
  /** Engine names, in the order they are tried. */
  readonly translation: readonly string[];
  readonly engines: Readonly<Record<string, EngineConfig>>;
  /** Requests per second and key; 0: no limit. */
  readonly rateLimit: number;
  readonly logLevel: LogLevel;
  /** What is odd but not wrong, to be logged at start. */
  readonly warnings: readonly string[];
}

export class ConfigError extends ParleyError {
  constructor(readonly problems: readonly string[]) {
    super(
      'config',
      `The settings have ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
}

/**
 * Reads and checks all settings at once. In embedded mode it makes the data folder and keeps a generated secret key in it.
 * @throws ConfigError with every problem there is.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(isGiven));
  const parsed = environmentSchema.safeParse(given);
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    ...contradictions(given),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return deepFreeze(configFrom(parsed.data, given));
}

/** An empty variable, as Compose files leave them, is none. */
const isGiven = (entry: [string, string | undefined]): entry is [string, string] => Boolean(entry[1]?.trim());

function configFrom(values: Environment, env: Record<string, string>): Config {
  const distributed = values.KAFKA_BROKERS !== undefined;
  const dataDir = resolve(values.PARLEY_DATA_DIR);
  const secretKey = values.PARLEY_SECRET_KEY ?? keepSecretKey(dataDir);
  const engines = Object.fromEntries(values.PARLEY_TRANSLATION.map((name) => [name, engineSettings(name, env)]));
  return {
    mode: distributed ? 'distributed' : 'embedded',
    host: values.PARLEY_HOST,
    port: values.PARLEY_PORT,
    publicUrl: values.PARLEY_PUBLIC_URL ?? localUrl(values.PARLEY_HOST, values.PARLEY_PORT),
    dataDir,
    databaseUrl: values.DATABASE_URL,
    databaseConnections: values.PARLEY_DATABASE_CONNECTIONS,
    kafkaBrokers: values.KAFKA_BROKERS,
    kafkaSecurity: {
      ssl: values.KAFKA_SSL,
      ...(values.KAFKA_SASL_MECHANISM && values.KAFKA_SASL_USERNAME && values.KAFKA_SASL_PASSWORD
        ? {
            sasl: {
              mechanism: values.KAFKA_SASL_MECHANISM,
              username: values.KAFKA_SASL_USERNAME,
              password: values.KAFKA_SASL_PASSWORD,
            },
          }
        : {}),
    },
    log: {
      partitions: values.PARLEY_LOG_PARTITIONS ?? (distributed ? 12 : 4),
      replicas: values.PARLEY_LOG_REPLICAS ?? (values.KAFKA_BROKERS && values.KAFKA_BROKERS.length >= 3 ? 3 : 1),
      retentionMs: values.PARLEY_LOG_RETENTION_DAYS === 0 ? undefined : values.PARLEY_LOG_RETENTION_DAYS * 86_400_000,
    },
    media: mediaFrom(values, dataDir),
    apiKey: values.PARLEY_API_KEY ?? keyDerivedFor('api', secretKey),
    operatorKey: values.PARLEY_OPERATOR_KEY ?? keyDerivedFor('operator', secretKey),
    generated: { apiKey: !values.PARLEY_API_KEY, operatorKey: !values.PARLEY_OPERATOR_KEY },
    secretKey,
    demo: values.PARLEY_DEMO,
    allowPrivateHosts: values.PARLEY_ALLOW_PRIVATE_HOSTS,
    merchantLanguage: values.PARLEY_MERCHANT_LANGUAGE,
    translation: values.PARLEY_TRANSLATION,
    engines,
    rateLimit: values.PARLEY_RATE_LIMIT,
    logLevel: values.PARLEY_LOG_LEVEL,
    warnings: unknownNames(env, values.PARLEY_TRANSLATION),
  };
}

function mediaFrom(values: Environment, dataDir: string): MediaConfig {
  if (!values.PARLEY_S3_BUCKET) return { kind: 'directory', dir: resolve(values.PARLEY_MEDIA_DIR ?? `${dataDir}/media`) };
  return {
    kind: 's3',
    bucket: values.PARLEY_S3_BUCKET,
    region: values.PARLEY_S3_REGION,
    endpoint: values.PARLEY_S3_ENDPOINT,
    accessKey: values.PARLEY_S3_ACCESS_KEY,
    secretKey: values.PARLEY_S3_SECRET_KEY,
  };
}

/** `libretranslate` → `PARLEY_LIBRETRANSLATE_` */
const enginePrefix = (name: string): string => `PARLEY_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_`;

function engineSettings(name: string, env: Record<string, string>): EngineConfig {
  const prefix = enginePrefix(name);
  const settings = Object.entries(env)
    .filter(([variable]) => variable.startsWith(prefix))
    .map(([variable, value]) => [camelCase(variable.slice(prefix.length)), value]);
  return Object.fromEntries(settings);
}

const camelCase = (name: string): string =>
  name.toLowerCase().replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** A misspelt name would silently leave the default in force. */
function unknownNames(env: Record<string, string>, engines: readonly string[]): string[] {
  const known = new Set(Object.keys(environmentSchema.def.shape));
  return Object.keys(env)
    .filter((name) => name.startsWith('PARLEY_') && !known.has(name))
    .filter((name) => !engines.some((engine) => name.startsWith(enginePrefix(engine))))
    .map((name) => `${name} is not a setting of Parley, nor of an engine named in PARLEY_TRANSLATION`);
}

/** The address to show and to build links with while no public one is given. */
export function localUrl(host: string, port: number): string {
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

import { z } from 'zod';
import { logLevels } from '../logger';

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

const flag = z
  .string()
  .toLowerCase()
  .refine((text) => ['0', '1', 'true', 'false', 'yes', 'no', 'on', 'off'].includes(text), 'must be 1 or 0')
  .transform((text) => ['1', 'true', 'yes', 'on'].includes(text));

const httpUrl = z
  .string()
  .refine(isHttpUrl, 'must be a URL that begins with http:// or https://')
  .transform((url) => url.replace(/\/+$/, ''));

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);

const language = z
  .string()
  .refine(isLanguageTag, 'must be a language tag (BCP 47), such as zh-CN')
  .transform((tag) => Intl.getCanonicalLocales(tag)[0] ?? tag);

const key = z.string().regex(/^\S{8,}$/, 'must have at least 8 characters and no spaces');

/** Every variable Parley knows, by its name; an empty one counts as not given. */
export const environmentSchema = z.object({
  PARLEY_HOST: z.string().default('127.0.0.1'),
  PARLEY_PORT: integer(0, 65_535).default(3000),
  PARLEY_PUBLIC_URL: httpUrl.optional(),
  PARLEY_DATA_DIR: z.string().default('./.parley'),
  DATABASE_URL: z
    .string()
    .refine((url) => /^postgres(ql)?:\/\//.test(url), 'must begin with postgresql://')
    .optional(),
  PARLEY_DATABASE_CONNECTIONS: integer(4, 500).default(20),
  KAFKA_BROKERS: list
    .refine(
      (brokers) => brokers.length > 0 && brokers.every((broker) => /^[^\s:]+:\d+$/.test(broker)),
      'must be a list such as kafka-1:9092,kafka-2:9092',
    )
    .optional(),
  KAFKA_SSL: flag.default(false),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], 'must be plain, scram-sha-256 or scram-sha-512')
    .optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  PARLEY_LOG_PARTITIONS: integer(1, 1000).optional(),
  PARLEY_LOG_REPLICAS: integer(1, 10).optional(),
  PARLEY_LOG_RETENTION_DAYS: integer(0, 36_500).default(30),
  PARLEY_MEDIA_DIR: z.string().optional(),
  PARLEY_S3_BUCKET: z.string().optional(),
  PARLEY_S3_REGION: z.string().default('us-east-1'),
  PARLEY_S3_ENDPOINT: httpUrl.optional(),
  PARLEY_S3_ACCESS_KEY: z.string().optional(),
  PARLEY_S3_SECRET_KEY: z.string().optional(),
  PARLEY_API_KEY: key.optional(),
  PARLEY_OPERATOR_KEY: key.optional(),
  PARLEY_SECRET_KEY: z
    .string()
    .min(16, 'must have at least 16 characters; "openssl rand -base64 32" makes a good one')
    .optional(),
  PARLEY_DEMO: flag.default(false),
  PARLEY_ALLOW_PRIVATE_HOSTS: flag.default(false),
  PARLEY_MERCHANT_LANGUAGE: language.default('en'),
  PARLEY_TRANSLATION: list
    .refine(
      (names) => names.every((name) => /^[a-z][a-z0-9-]*$/.test(name)),
      'must be a list of engines such as deepl,libretranslate',
    )
    .default([]),
  PARLEY_RATE_LIMIT: integer(0, 1_000_000).default(50),
  PARLEY_LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
});

/** What no variable shows by itself. Looked for beside the schema, so that all problems are told at once. */
export function contradictions(env: Readonly<Record<string, string>>): string[] {
  const problems: string[] = [];
  const sasl = [env['KAFKA_SASL_MECHANISM'], env['KAFKA_SASL_USERNAME'], env['KAFKA_SASL_PASSWORD']].filter(Boolean).length;
  if (sasl > 0 && sasl < 3) {
    problems.push('KAFKA_SASL_MECHANISM: KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are given together with it or not at all');
  }
  if (Boolean(env['PARLEY_S3_ACCESS_KEY']) !== Boolean(env['PARLEY_S3_SECRET_KEY'])) {
    problems.push('PARLEY_S3_ACCESS_KEY: is given together with PARLEY_S3_SECRET_KEY or not at all');
  }
  if (env['KAFKA_BROKERS']) {
    if (!env['DATABASE_URL'])
      problems.push('DATABASE_URL: is required beside KAFKA_BROKERS: the embedded database serves one process only');
    if (!env['PARLEY_SECRET_KEY'])
      problems.push('PARLEY_SECRET_KEY: is required beside KAFKA_BROKERS: all processes must share it');
  }
  return problems;
}

export type Environment = z.infer<typeof environmentSchema>;

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    // RangeError is how Intl says no.
    return false;
  }
}

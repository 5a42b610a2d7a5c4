import type { Connector } from '@parley/connector';
import { jsonPointer, type ProblemItem, problemItems } from '@parley/runtime';
import { z } from 'zod';

type JsonSchema = z.core.JSONSchema.JSONSchema;
type Settings = Record<string, unknown>;

/** Stands for a secret that is set. Given back unchanged, it leaves the secret as it is. */
export const SECRET_SHOWN = '********';

const schemas = new WeakMap<Connector, JsonSchema>();

/** The settings of a channel as JSON Schema 2020-12; secrets are `writeOnly`. */
export function settingsSchema(connector: Connector): JsonSchema {
  const known = schemas.get(connector);
  if (known) return known;
  const made = z.toJSONSchema(connector.settings, { io: 'input', unrepresentable: 'any' });
  schemas.set(connector, made);
  return made;
}

/** The same settings with every secret replaced. */
export const shownSettings = (connector: Connector, settings: Settings): Settings =>
  withSecrets(settingsSchema(connector), settings, () => SECRET_SHOWN) as Settings;

/** `patch` over `before`: objects join, null takes a setting back, a secret shown as set stays what it was. */
export function mergedSettings(before: Settings, patch: Settings): Settings {
  const merged = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(patch)) {
    const old = merged.get(name);
    if (value === null) merged.delete(name);
    else if (isObject(value) && isObject(old)) merged.set(name, mergedSettings(old, value));
    else if (!(value === SECRET_SHOWN && typeof old === 'string')) merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

/** Settings as they are to be kept, or everything that is wrong with them. */
export function readSettings(
  connector: Connector,
  given: Settings,
): { readonly settings: Settings; readonly parsed: unknown } | { readonly problems: ProblemItem[] } {
  const schema = settingsSchema(connector);
  const unknown = unknownFields(schema, given, []);
  const left: ProblemItem[] = [];
  withSecrets(schema, given, (value, path) => {
    if (value === SECRET_SHOWN)
      left.push({ pointer: `/settings${jsonPointer(path)}`, detail: 'Give the secret itself.', code: 'secret-missing' });
    return value;
  });
  const result = connector.settings.safeParse(given);
  const problems = [...(result.success ? [] : problemItems(result.error.issues, 'body', '/settings')), ...unknown, ...left];
  if (problems.length > 0 || !result.success) return { problems };
  return { settings: given, parsed: result.data };
}

/** Misspelt settings would silently be left out. */
function unknownFields(schema: JsonSchema, value: unknown, path: string[]): ProblemItem[] {
  const { properties } = schema;
  if (!isObject(value) || !properties) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = [...path, name];
    const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (isObject(field)) return unknownFields(field as JsonSchema, inner, at);
    if (field !== undefined || isObject(schema.additionalProperties)) return [];
    return [{ pointer: `/settings${jsonPointer(at)}`, detail: `There is no setting "${name}".`, code: 'unrecognized_keys' }];
  });
}

function withSecrets(
  schema: JsonSchema,
  value: unknown,
  replace: (value: unknown, path: string[]) => unknown,
  path: string[] = [],
): unknown {
  if (schema.writeOnly) return replace(value, path);
  for (const variant of schema.anyOf ?? schema.oneOf ?? []) {
    if (isObject(variant) && (variant as JsonSchema).writeOnly) return replace(value, path);
  }
  const { properties } = schema;
  if (!isObject(value) || !properties) return value;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return [name, isObject(field) ? withSecrets(field as JsonSchema, inner, replace, [...path, name]) : inner];
  });
  return Object.fromEntries(entries);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

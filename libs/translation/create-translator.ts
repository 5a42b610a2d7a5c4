import { ParleyError } from '@parley/model';
import { MemoryCache, type TranslationCache } from './cache';
import { apertium } from './engines/apertium';
import { deepl } from './engines/deepl';
import type { Engine, Formality } from './engines/engine';
import { GuardedEngine, type GuardOptions } from './engines/guarded';
import { createHttp, type EngineHttp } from './engines/http';
import { libreTranslate } from './engines/libretranslate';
import { openai } from './engines/openai';
import type { EngineSettings, TranslationConfig } from './settings';
import { Translator } from './translator';

/** A kind of engine; several of one kind are told apart by what follows a hyphen: `openai`, `openai-local`. */
const kinds = { libretranslate: libreTranslate, deepl, openai, apertium } as const;

export interface TranslatorDependencies {
  readonly http?: EngineHttp;
  readonly cache?: TranslationCache;
  readonly log?: GuardOptions['log'];
}

/** One for the process: what an agent saw in the preview is what leaves. */
const cache = new MemoryCache();

const TIMEOUT_MS = 5_000;
/** Models write word by word. */
const TIMEOUT_MS_READING = 15_000;
const DEADLINE_MS = 25_000;

/** @throws ParleyError naming every engine it does not know or that lacks a setting. */
export function createTranslator(config: TranslationConfig, dependencies: TranslatorDependencies = {}): Translator {
  const http = dependencies.http ?? createHttp();
  const problems = config.translation.flatMap((name) => problemsOf(name, config.engines[name] ?? {}));
  if (problems.length > 0) throw new ParleyError('config', problems.join('\n'));
  const engines = [...new Set(config.translation)].map((name) => {
    const settings = config.engines[name] ?? {};
    return new GuardedEngine(engineFor(name, settings, http), { log: dependencies.log });
  });
  const formality = config.translation.map((name) => config.engines[name]?.['formality']).find(isFormality) ?? 'formal';
  return new Translator(engines, { cache: dependencies.cache ?? cache, formality, deadlineMs: DEADLINE_MS });
}

const kindOf = (name: string): keyof typeof kinds | undefined =>
  [name, name.split('-')[0] ?? ''].find((kind): kind is keyof typeof kinds => Object.hasOwn(kinds, kind));

function engineFor(name: string, settings: EngineSettings, http: EngineHttp): Engine {
  const kind = kindOf(name) ?? 'libretranslate';
  const timeoutMs = Number(settings['timeoutMs'] ?? (kind === 'openai' ? TIMEOUT_MS_READING : TIMEOUT_MS));
  return kinds[kind](name, settings, http, timeoutMs);
}

function problemsOf(name: string, settings: EngineSettings): string[] {
  const kind = kindOf(name);
  if (kind === undefined) return [`PARLEY_TRANSLATION: ${name} is not one of ${Object.keys(kinds).join(', ')}`];
  const prefix = `PARLEY_${name.toUpperCase().replaceAll('-', '_')}`;
  const problems: string[] = [];
  if (settings.url !== undefined && !/^https?:\/\//.test(settings.url))
    problems.push(`${prefix}_URL: must begin with http:// or https://`);
  if (kind === 'deepl' && !settings.key) problems.push(`${prefix}_KEY: is required`);
  if (kind === 'openai' && !settings.key && !settings.url)
    problems.push(`${prefix}_KEY: is required, or ${prefix}_URL of a server without one`);
  for (const setting of ['timeoutMs', 'concurrency', 'charsMax']) {
    const value = settings[setting];
    if (value !== undefined && !/^[1-9]\d{0,6}$/.test(value))
      problems.push(
        `${prefix}_${setting === 'timeoutMs' ? 'TIMEOUT_MS' : setting === 'charsMax' ? 'CHARS_MAX' : 'CONCURRENCY'}: must be a whole number above 0`,
      );
  }
  if (settings['formality'] !== undefined && !isFormality(settings['formality']))
    problems.push(`${prefix}_FORMALITY: must be default, formal or informal`);
  return problems;
}

const isFormality = (text: string | undefined): text is Formality =>
  text === 'default' || text === 'formal' || text === 'informal';

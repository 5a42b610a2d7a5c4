import { baseLanguage, chineseScript } from '../languages';
import { isMarkup } from '../protect/masks';
import type { EngineSettings } from '../settings';
import { type Engine, EngineError, type Formality } from './engine';
import { ask, type EngineHttp, errorFor, expectTexts } from './http';
import { LanguageList } from './language-list';

/** Sources have no region: DeepL knows one Chinese, one Portuguese. */
const sourceCode = (tag: string): string => deeplBase(tag);

const deeplBase = (tag: string): string => {
  const base = baseLanguage(tag);
  return base === 'fil' ? 'TL' : base.toUpperCase();
};

export function targetCode(tag: string): string {
  const [base, region] = [deeplBase(tag), tag.split(/[-_]/)[1]?.toUpperCase()];
  switch (base) {
    case 'EN':
      return region === 'GB' || region === 'AU' || region === 'IE' || region === 'NZ' ? 'EN-GB' : 'EN-US';
    case 'PT':
      return region === 'PT' ? 'PT-PT' : 'PT-BR';
    case 'ZH':
      return chineseScript(tag) === 'Hant' ? 'ZH-HANT' : 'ZH-HANS';
    case 'ES':
      return region === undefined || region === 'ES' ? 'ES' : 'ES-419';
    default:
      return base;
  }
}

/** The `prefer_` forms fall back in silence where a language has no such forms; the others are an error there. */
const formalities: Readonly<Record<Formality, string | undefined>> = {
  default: undefined,
  formal: 'prefer_more',
  informal: 'prefer_less',
};

/** Not billed; more than this does not help. */
const CONTEXT_CHARS_MAX = 1_000;

/** https://developers.deepl.com/docs/api-reference/translate */
export function deepl(name: string, settings: EngineSettings, http: EngineHttp, timeoutMs: number): Engine {
  const { key = '' } = settings;
  const usual = key.endsWith(':fx') ? 'https://api-free.deepl.com' : 'https://api.deepl.com';
  const base = (settings.url ?? usual).replace(/\/+$/, '').replace(/\/v2$/, '');
  const headers = { Authorization: `DeepL-Auth-Key ${key}` };
  const targets = new LanguageList(readTargets);

  async function readTargets(): Promise<ReadonlySet<string>> {
    const answer = await ask(name, http, {
      method: 'GET',
      url: `${base}/v2/languages`,
      params: { type: 'target' },
      headers,
      timeoutMs: 2_000,
      signal: AbortSignal.timeout(2_000),
    });
    if (answer.status !== 200 || !Array.isArray(answer.body) || answer.body.length === 0) throw errorFor(name, answer);
    return new Set(answer.body.map((row: { language: string }) => row.language.toUpperCase()));
  }

  /** Older lists have ZH and ES alone: the plain code then stands for all. */
  const spell = (tag: string, known: ReadonlySet<string> | null): string => {
    const code = targetCode(tag);
    return known === null || known.has(code) || !known.has(deeplBase(tag)) ? code : deeplBase(tag);
  };

  return {
    name,
    traits: {
      origin: base,
      shapes: ['tag', 'email', 'code'],
      keepsLines: true,
      detects: true,
      reads: true,
      textsMax: 50,
      // The body may have 128 KiB, and a character four bytes.
      charsMax: 25_000,
      concurrency: Number(settings['concurrency'] ?? 4),
    },

    async supports(_from, to) {
      const known = await targets.get();
      return known === null || known.has(spell(to, known));
    },

    async translate({ texts, from, to, shape, formality, context, signal }) {
      const answer = await ask(name, http, {
        method: 'POST',
        url: `${base}/v2/translate`,
        headers,
        timeoutMs,
        signal,
        data: {
          text: texts,
          target_lang: spell(to, await targets.get()),
          ...(from === null ? {} : { source_lang: sourceCode(from) }),
          ...(isMarkup(shape) ? { tag_handling: 'xml', ignore_tags: ['x'] } : {}),
          ...(formalities[formality] ? { formality: formalities[formality] } : {}),
          ...(context.length > 0
            ? {
                context: context
                  .map((turn) => turn.text)
                  .join('\n')
                  .slice(-CONTEXT_CHARS_MAX),
              }
            : {}),
          preserve_formatting: true,
        },
      });
      if (answer.status !== 200) {
        const said = String(answer.body?.message ?? '');
        if (answer.status === 400 && /_lang/.test(said))
          throw new EngineError('unsupported-pair', `${name} does not know ${from ?? 'auto'} to ${to}`, { engineCode: '400' });
        throw errorFor(name, answer);
      }
      const rows = answer.body?.translations;
      const found = Array.isArray(rows) ? rows.map((row: { text?: unknown }) => row?.text) : undefined;
      return expectTexts(name, answer, found, texts.length);
    },
  };
}

import { baseLanguage, chineseScript } from '../languages';
import { isMarkup } from '../protect/masks';
import type { EngineSettings } from '../settings';
import { type Engine, EngineError } from './engine';
import { ask, type EngineHttp, errorFor, expectTexts } from './http';
import { LanguageList } from './language-list';

type Pairs = ReadonlyMap<string, ReadonlySet<string>>;

/** Spellings of a language between versions of LibreTranslate, best first. */
function codesFor(tag: string): string[] {
  const base = baseLanguage(tag);
  if (base === 'zh') return chineseScript(tag) === 'Hant' ? ['zt', 'zh-Hant', 'zh'] : ['zh', 'zh-Hans'];
  if (/^pt-br$/i.test(tag)) return ['pt-BR', 'pb', 'pt'];
  const other: Readonly<Record<string, readonly string[]>> = { nb: ['nb', 'no'], fil: ['tl', 'fil'], he: ['he', 'iw'] };
  return [...(other[base] ?? [base])];
}

/** https://docs.libretranslate.com/api/operations/translate/ */
export function libreTranslate(name: string, settings: EngineSettings, http: EngineHttp, timeoutMs: number): Engine {
  const base = (settings.url ?? 'https://libretranslate.com').replace(/(?:\/translate)?\/*$/, '');
  const pairs = new LanguageList(readPairs);

  async function readPairs(): Promise<Pairs> {
    const answer = await ask(name, http, {
      method: 'GET',
      url: `${base}/languages`,
      timeoutMs: 2_000,
      signal: AbortSignal.timeout(2_000),
    });
    if (answer.status !== 200 || !Array.isArray(answer.body) || answer.body.length === 0) throw errorFor(name, answer);
    return new Map(answer.body.map((row: { code: string; targets?: string[] }) => [row.code, new Set(row.targets ?? [])]));
  }

  /** The code this instance knows the language by. */
  const spell = (tag: string, known: Pairs | null): string => {
    const codes = codesFor(tag);
    return codes.find((code) => known?.has(code)) ?? codes[0] ?? tag;
  };

  return {
    name,
    traits: {
      origin: base,
      shapes: ['span', 'bracket', 'code'],
      keepsLines: false,
      detects: true,
      reads: false,
      textsMax: 50,
      charsMax: Number(settings['charsMax'] ?? 2_000),
      concurrency: Number(settings['concurrency'] ?? 4),
    },

    async supports(from, to) {
      const known = await pairs.get();
      if (known === null) return true;
      const target = spell(to, known);
      if (from === null) return known.has(target);
      const targets = known.get(spell(from, known));
      return targets !== undefined && (targets.size === 0 || targets.has(target));
    },

    async translate({ texts, from, to, shape, signal }) {
      const known = await pairs.get();
      const answer = await ask(name, http, {
        method: 'POST',
        url: `${base}/translate`,
        timeoutMs,
        signal,
        data: {
          q: texts.length === 1 ? texts[0] : texts,
          source: from === null ? 'auto' : spell(from, known),
          target: spell(to, known),
          // Without masks the text needs no mark-up, and none can be damaged.
          format: isMarkup(shape) ? 'html' : 'text',
          ...(settings.key ? { api_key: settings.key } : {}),
        },
      });
      if (answer.status !== 200) {
        const said = String(answer.body?.error ?? '');
        if (answer.status === 400 && /not supported|not available/i.test(said))
          throw new EngineError('unsupported-pair', `${name} does not know ${from ?? 'auto'} to ${to}`, { engineCode: '400' });
        if (answer.status === 400 && /exceeds|limit/i.test(said))
          throw new EngineError('too-long', `${name} takes no text of this length`, { engineCode: '400' });
        throw errorFor(name, answer);
      }
      const found = answer.body?.translatedText;
      return expectTexts(name, answer, typeof found === 'string' ? [found] : found, texts.length);
    },
  };
}
